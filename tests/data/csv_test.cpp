#include "data/table/csv.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "data/table/csv_text.hpp"
#include "data/table/csv_writer.hpp"
#include "scratch.hpp"

namespace retrograd {
namespace {

/// Every field as text, "NULL" for missing; numbers as the file has them.
std::vector<std::vector<std::string>> cells(const Table& table) {
  std::vector<std::vector<std::string>> out(static_cast<size_t>(table.rows()));
  for (int c = 0; c < static_cast<int>(table.columns().size()); ++c) {
    const TextColumn column = table.texts(c);
    for (size_t r = 0; r < out.size(); ++r) {
      const int32_t code = column.codes[r];
      out[r].emplace_back(code < 0 ? "NULL" : column.texts[static_cast<size_t>(code)]);
    }
  }
  return out;
}

using Cells = std::vector<std::vector<std::string>>;

class Csv : public Scratch {
 protected:
  Cells read(std::string_view text, const CsvOptions& options = {}) const {
    return cells(read_csv(write("a.csv", text), options));
  }
  std::string refuse(std::string_view text, const CsvOptions& options = {}) const {
    return message([&] { read_csv(write("a.csv", text), options); });
  }
};

TEST_F(Csv, ReadsNumbersAndTexts) {
  const Table table = read_csv(write("a.csv", "x,y,s\n1,-2.5,a\n3e2, +4 ,b\n"));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"x", "y", "s"}));
  ASSERT_EQ(table.rows(), 2);
  EXPECT_TRUE(table.column(0).numeric);
  EXPECT_EQ(table.column(0).numbers[0], 1);
  EXPECT_EQ(table.column(0).numbers[1], 300);
  EXPECT_EQ(table.column(1).numbers[0], -2.5);
  EXPECT_EQ(table.column(1).numbers[1], 4);
  EXPECT_FALSE(table.column(2).numeric);
  EXPECT_EQ(cells(table), (Cells{{"1", "-2.5", "a"}, {"3e2", "+4", "b"}}));
  EXPECT_EQ(table.find("s"), 2);
  EXPECT_EQ(table.find("S"), -1);
}

/// Columns that begin with numbers are read again, all of those that hold text further on in one go.
TEST_F(Csv, ColumnsThatTurnToTextLate) {
  constexpr int kRows = 70000;  // enough for three threads
  std::string text = "n,a,b,k,c,m\n";
  Cells expected;
  for (int r = 0; r < kRows; ++r) {
    const std::string n = std::to_string(r);
    expected.push_back(
        {n, r == 40000 ? "x, \"y\"" : "0" + n, r == 69999 ? "last" : n, "7", r == 101 ? "NULL" : n, "p"});
    if (r == 300) expected.back()[4] = "text";
    text += n + "," + (r == 40000 ? "\"x, \"\"y\"\"\"" : "0" + n) + "," + expected.back()[2] + ",7," +
            (r == 101 ? "" : expected.back()[4]) + ",p\n";
  }
  const std::string path = write("late.csv", text);
  for (const int threads : {1, 3}) {
    const Table table = read_csv(path, {0, default_missing(), threads});
    EXPECT_EQ(cells(table), expected);
    for (const int c : {1, 2, 4, 5}) EXPECT_FALSE(table.column(c).numeric) << c;
    for (const int c : {0, 3}) EXPECT_TRUE(table.column(c).numeric) << c;
  }
}

TEST_F(Csv, KnowsTheLinesOfItsRows) {
  std::string text = "\n\na,b\n";
  std::vector<int64_t> expected;
  for (int64_t r = 0, line = 4; r < 9000; ++r) {
    if (r == 5000 || r == 5001) {
      text += "\n\r\n";
      line += 2;
    }
    expected.push_back(line);
    text += r % 4001 == 17 ? "\"two\nlines\",x\n" : "1,2\n";
    line += r % 4001 == 17 ? 2 : 1;
  }
  const RowLines lines = read_csv(write("lines.csv", text)).lines();
  for (int64_t r = 0; r < 9000; ++r) ASSERT_EQ(lines.of(r), expected[static_cast<size_t>(r)]) << r;
  EXPECT_EQ(lines.runs.size(), 6u) << "one, and one for each jump";
  EXPECT_EQ(RowLines().of(3), 0);
}

TEST_F(Csv, Quotes) {
  EXPECT_EQ(read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"), (Cells{{"x,y", "say \"hi\""}}));
  EXPECT_EQ(read("a,b\n\"two\nlines\",\"\r\n\"\nz,w\n"), (Cells{{"two\nlines", "\r\n"}, {"z", "w"}}));
  EXPECT_EQ(read("a,b\n\"\"\"\",\"a\"\"\"\n"), (Cells{{"\"", "a\""}}));
  EXPECT_EQ(read("a,b\n  \" kept \" ,x\n"), (Cells{{" kept ", "x"}}));
  EXPECT_EQ(read("a,b\n5\" pipe,6\"\nq\"q,\"\"\n"), (Cells{{"5\" pipe", "6\""}, {"q\"q", "NULL"}}));
  EXPECT_EQ(read("\"a,1\",\"b\nc\"\n1,2"), (Cells{{"1", "2"}}));
  const Table table = read_csv(write("q.csv", "\"a,1\",\"b\nc\"\n\"1\",\" 2.5 \"\n"));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"a,1", "b\nc"}));
  ASSERT_TRUE(table.column(1).numeric) << "a quoted number is a number";
  EXPECT_EQ(table.column(1).numbers[0], 2.5);
}

TEST_F(Csv, LineEndsBlankLinesAndByteOrderMark) {
  const Cells expected = {{"1", "a"}, {"2", "b"}};
  EXPECT_EQ(read("x,s\n1,a\n2,b"), expected);
  EXPECT_EQ(read("x,s\r\n1,a\r\n2,b\r\n"), expected);
  EXPECT_EQ(read("\xEF\xBB\xBFx,s\n1,a\n2,b\n"), expected);
  EXPECT_EQ(read("\n\nx,s\n\n1,a\r\n\r\n2,b\n\n\n"), expected);
  EXPECT_EQ(read("x\ts\n1\ta\n2\tb\n"), expected);
  EXPECT_EQ(read_csv(write("b.csv", "\xEF\xBB\xBFx,s\n1,a\n")).names()[0], "x");
  EXPECT_EQ(read("x,s\n1,\"a\"\r\n2,b\r\n"), expected);
  EXPECT_EQ(read("x,y\n1,2\r\n3,\r\n"), (Cells{{"1", "2"}, {"3", "NULL"}})) << "an empty last field before CR LF";
}

TEST_F(Csv, MissingValues) {
  EXPECT_EQ(read("x,s\nNA,a\n?,null\n,NaN\n 7 ,\n"),
            (Cells{{"NULL", "a"}, {"NULL", "NULL"}, {"NULL", "NULL"}, {"7", "NULL"}}));
  const Table table = read_csv(write("m.csv", "x,y\nNA,1\n2,\n\"\",\"NA\"\n"));
  ASSERT_TRUE(table.column(0).numeric);
  EXPECT_TRUE(std::isnan(table.column(0).numbers[0]));
  EXPECT_EQ(table.column(0).numbers[1], 2);
  EXPECT_TRUE(std::isnan(table.column(0).numbers[2]));
  EXPECT_TRUE(std::isnan(table.column(1).numbers[2]));
  EXPECT_EQ(read("x,s\n1,Na\n"), (Cells{{"1", "Na"}})) << "case counts: sodium is not missing";
  CsvOptions options;
  options.missing = {"-999", "none"};
  EXPECT_EQ(read("x,s\n-999,none\n5,NA\n", options), (Cells{{"NULL", "NULL"}, {"5", "NA"}}));
  const Table own = read_csv(path("a.csv"), options);
  EXPECT_TRUE(own.column(0).numeric && std::isnan(own.column(0).numbers[0]));
}

TEST_F(Csv, FindsTheSeparator) {
  EXPECT_EQ(detect_separator("a,b;c\n1,2;3\n"), ',');
  EXPECT_EQ(detect_separator("a;b\n1,5;2,5\n"), ';');
  EXPECT_EQ(detect_separator("a|b,c|d\n1|2|3\n1|2|3\n"), '|');
  EXPECT_EQ(detect_separator("a\tb c\n1\t2 3\n"), '\t');
  EXPECT_EQ(detect_separator("a b\n1 2\n"), ' ');
  EXPECT_EQ(detect_separator("first name\nbob\n"), ',');
  EXPECT_EQ(detect_separator("\"a;b;c\",d\n1,2\n"), ',');
  EXPECT_EQ(detect_separator("a"), ',');
  CsvOptions options;
  options.separator = ';';
  EXPECT_EQ(read("a;b\n1,2;3\n", options), (Cells{{"1,2", "3"}}));
  EXPECT_EQ(read("a b\n1 \n 2\n"), (Cells{{"1", "NULL"}, {"NULL", "2"}})) << "a space that separates is no blank";
  options.separator = '"';
  EXPECT_EQ(refuse("a,b\n1,2\n", options), "'\"' cannot separate columns");
}

TEST_F(Csv, WhatStandsBeforeTheHeaderIsToldOf) {
  EXPECT_EQ(
      refuse("# exported today\na;b;c\n1;2;3\n4;5;6\n7;8;9\n"),
      "a.csv, line 1: the header is the single column '# exported today', but the lines below have 3 or more fields; "
      "remove what stands before the names of the columns");
  EXPECT_EQ(refuse("title\n\na,b\n1,2\n3,4\n").substr(0, 51), "a.csv, line 1: the header is the single column 'tit");
  EXPECT_EQ(read("text\n\"a, b\"\n\"c, d\"\n\"e, f\"\n").size(), 3u) << "in quotes it is text";
  EXPECT_EQ(read("text\nwell; yes\nno\nmaybe\nonce\n").size(), 4u) << "most lines have none";
}

TEST_F(Csv, ExactNumbers) {
  const std::vector<std::string> texts = {"0",
                                          "-0",
                                          "9007199254740993",
                                          "0.1",
                                          "123456789012345678901234567890",
                                          "1e-320",
                                          "179769313486231570000e289",
                                          ".5",
                                          "5.",
                                          "1E5",
                                          "8.325200080871582",
                                          "0.000000000000000000000001",
                                          "-1.7976931348623157e308",
                                          "4.35",
                                          "99999999999999999999.5"};
  std::string csv = "x,y\n";
  for (const std::string& t : texts) csv += t + ",1\n";
  const Table table = read_csv(write("n.csv", csv));
  ASSERT_TRUE(table.column(0).numeric);
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(table.column(0).numbers[i], std::strtod(texts[i].c_str(), nullptr)) << texts[i];
  }
  for (const char* text : {"1e", "--1", "+-1", "1.2.3", "0x10", "1_000", "nan(1)", "1e5x", "e5", ".", "-"}) {
    EXPECT_FALSE(read_csv(write("n.csv", std::string("x,y\n") + text + ",1\n")).column(0).numeric) << text;
  }
}

// A column that turns out to be text far below the sample keeps every value's exact text.
TEST_F(Csv, ALateTextKeepsTheTextsBefore) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 500; ++i) csv += "00" + std::to_string(i % 3) + ",1.50\n";
  csv += "abc,2\n";
  const Table table = read_csv(write("a.csv", csv));
  EXPECT_FALSE(table.column(0).numeric);
  EXPECT_EQ(table.column(0).text.texts, (std::vector<std::string_view>{"000", "001", "002", "abc"}));
  EXPECT_EQ(table.field(0, 0), "000");
  EXPECT_EQ(table.field(0, 1), "1.50");
  EXPECT_EQ(table.where(500), path("a.csv") + ", line 502");
}

TEST_F(Csv, TheTableDoesNotDependOnThreads) {
  std::mt19937 random(1);
  std::string csv = "n,s,mixed,q\n";
  const int rows = 100'000;
  for (int i = 0; i < rows; ++i) {
    csv += std::to_string(static_cast<double>(random()) / 1e6) + ",k" + std::to_string(random() % 1000) + "," +
           (i == 90'000 ? "word" : std::to_string(i % 7)) + ",\"a\"\"" + std::to_string(i % 5) + "\n\"\n";
  }
  const std::string file = write("t.csv", csv);
  CsvOptions one, four;
  one.threads = 1;
  four.threads = 4;
  const Table a = read_csv(file, one), b = read_csv(file, four);
  ASSERT_EQ(a.rows(), rows);
  ASSERT_EQ(b.rows(), rows);
  for (int c = 0; c < 4; ++c) {
    ASSERT_EQ(a.column(c).numeric, b.column(c).numeric);
    if (a.column(c).numeric) {
      EXPECT_TRUE(std::equal(a.column(c).numbers.get(), a.column(c).numbers.get() + rows, b.column(c).numbers.get()));
    } else {
      EXPECT_EQ(a.column(c).text.codes, b.column(c).text.codes);
      EXPECT_EQ(a.column(c).text.texts, b.column(c).text.texts);
    }
  }
  EXPECT_FALSE(a.column(2).numeric);
  EXPECT_EQ(a.where(2), file + ", line 6") << "line ends within quotes count";
  std::string bad = csv + "1,2\n";
  bad.insert(bad.find("\n\"\n", bad.size() / 4) + 3,
             "1,2,3,4,5\n");  // both halves have an error: the first one is told
  EXPECT_NE(message([&] { read_csv(write("t.csv", bad), four); }).find(": 5 fields"), std::string::npos);
}

TEST_F(Csv, Gzip) {
  const std::string text = "x,s\n1,a\n2,b\n";
  EXPECT_EQ(read(gzip(text)), (Cells{{"1", "a"}, {"2", "b"}})) << "known by its content, not its name";
  EXPECT_EQ(read(gzip("x,s\n1,a\n") + gzip("2,b\n")), (Cells{{"1", "a"}, {"2", "b"}})) << "two members";
  EXPECT_EQ(read(gzip(text) + std::string(100, '\0')), (Cells{{"1", "a"}, {"2", "b"}})) << "zero padding";
  std::string large = "x,s\n";
  for (int i = 0; i < 200'000; ++i) large += "1,a\n";
  EXPECT_EQ(read(gzip(large)).size(), 200'000u);

  std::string packed = gzip(large);
  EXPECT_NE(refuse(packed.substr(0, packed.size() / 2)).find("a.csv is truncated: its gzip data end after "),
            std::string::npos);
  EXPECT_NE(refuse(packed.substr(0, packed.size() - 3)).find("a.csv is truncated"), std::string::npos);
  EXPECT_NE(refuse(packed.substr(0, 10)).find("a.csv is truncated"), std::string::npos);
  EXPECT_EQ(refuse(packed + "more"), "a.csv is corrupt: after its gzip data come 4 other bytes");
  packed[packed.size() - 6] ^= 1;
  EXPECT_NE(refuse(packed).find("a.csv is corrupt: bad gzip data after "), std::string::npos) << "wrong checksum";
  EXPECT_EQ(refuse(gzip("")), "a.csv is empty once unpacked");
}

TEST_F(Csv, RefusesWhatIsNotATable) {
  EXPECT_EQ(message([&] { read_csv(path("none.csv")); }), "cannot read none.csv: No such file or directory");
  EXPECT_EQ(message([&] { read_csv(folder_); }), "cannot read FOLDER: it is a directory; name a file");
  EXPECT_EQ(refuse(""), "a.csv is empty");
  EXPECT_EQ(refuse("\n\r\n"), "a.csv is empty: it has only blank lines");
  EXPECT_EQ(refuse("a,b\n"), "a.csv has a header but no rows");
  EXPECT_EQ(refuse("a,b"), "a.csv has a header but no rows");
  EXPECT_EQ(refuse("a,a\n1,2\n"), "a.csv, line 1: two columns are named 'a'; rename one");
  EXPECT_EQ(refuse("1.5,2\n1,2\n"),
            "a.csv, line 1: the first line must name the columns, but it holds only numbers; add a header");
  EXPECT_EQ(refuse("a,b\r1,2\r"), "a.csv: lines end in CR alone; convert them to LF, e.g. tr '\\r' '\\n'");
  EXPECT_EQ(refuse(std::string("\xFF\xFE"
                               "a\0",
                               4)),
            "a.csv is UTF-16 text; convert it to UTF-8, e.g. iconv -f UTF-16 -t UTF-8");
  EXPECT_EQ(refuse(std::string("a\0b\n1\n", 6)), "a.csv is not CSV text: it has zero bytes near its beginning");
  EXPECT_EQ(refuse("PK\x03\x04 zip"), "a.csv is a zip archive, not CSV; unpack it, or name NPZ data as npz:a.csv");
  EXPECT_EQ(
      refuse("caf\xE9,b\n1,2\n"),
      "a.csv, line 1: the header has 'caf\\xe9', which is not UTF-8; convert the file, e.g. iconv -f LATIN1 -t UTF-8");
}

TEST_F(Csv, RaggedRowsNameTheLine) {
  EXPECT_EQ(refuse("a,b,c\n1,2,3\n\n1,2\n"), "a.csv, line 4: 2 fields, expected 3 as in the header (separator ',')");
  EXPECT_EQ(refuse("a,b,c\n1,2,3\n1,2,3,4,5\n"),
            "a.csv, line 3: 5 fields, expected 3 as in the header (separator ',')");
  EXPECT_EQ(refuse("a\tb\n1\n"), "a.csv, line 2: 1 fields, expected 2 as in the header (separator tab)");
  EXPECT_EQ(refuse("a,b\n\"x\ny\",1\nq\n"), "a.csv, line 4: 1 fields, expected 2 as in the header (separator ',')");
}

TEST_F(Csv, BadQuotesNameTheLine) {
  EXPECT_EQ(refuse("a,b\n1,2\n3,\"open\n4,5\n"), "a.csv, line 3: a quoted field is not closed");
  EXPECT_EQ(refuse("a,b\n1,\"x\" y\n"),
            "a.csv, line 2: text follows a closing quote: '\"x\" y'; write a quote inside a field as \"\"");
}

// Whatever texts a table holds, writing and reading gives them back, for every separator of lines.
TEST_F(Csv, RoundTripOfRandomTexts) {
  std::mt19937 random(7);
  const std::string alphabet = "ab1\",;\t| \n\r'.-\xC3\xA9";
  for (int trial = 0; trial < 300; ++trial) {
    const size_t cols = 1 + random() % 4, rows = 1 + random() % 6;
    Cells expected(rows);
    CsvWriter writer;
    std::vector<std::string> header;
    for (size_t c = 0; c < cols; ++c) header.push_back("c" + std::to_string(c));
    writer.row(header);
    for (auto& row : expected) {
      std::vector<std::string> fields;
      for (size_t c = 0; c < cols; ++c) {
        std::string text;
        for (size_t i = random() % 8; i > 0; --i) text += alphabet[random() % alphabet.size()];
        fields.push_back(text);
        const bool blank = text.find_first_not_of(" \t") == std::string::npos;
        row.push_back(blank ? "NULL" : text);
      }
      writer.row(fields);
    }
    CsvOptions options;
    options.separator = ',';
    ASSERT_EQ(read(writer.text(), options), expected) << writer.text();
  }
}

TEST(CsvWriter, ShortestNumbersAndQuotes) {
  CsvWriter writer;
  writer.row({"plain", "a,b", "say \"hi\"", " x", "", "line\n"});
  writer.field(0.1f);
  writer.field(0.1);
  writer.field(static_cast<double>(0.1f));
  writer.field(std::numeric_limits<float>::quiet_NaN());
  writer.field(int64_t{-3});
  writer.field(1.0f);
  writer.end_row();
  EXPECT_EQ(writer.text(),
            "plain,\"a,b\",\"say \"\"hi\"\"\",\" x\",\"\",\"line\n\"\n0.1,0.1,0.10000000149011612,,-3,1\n");
}

}  // namespace
}  // namespace retrograd
