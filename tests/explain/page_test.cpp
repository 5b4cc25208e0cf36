// The page as a file: one document, complete, and names from data cannot leave the places that they are put in.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "retrograd/receipt.hpp"

namespace retrograd {
namespace {

size_t count(std::string_view text, std::string_view part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

/// A 2-2-2 network on one row; `name` is the name of a column, of a class and of the data.
Explanation explanation_with(const std::string& name) {
  Network net;
  net.input("numeric", 2).linear(2).activation("sigmoid").linear(2).loss("softmax_xent");
  DataSpec spec;
  for (const std::string& column : {name, std::string("plain")}) {
    ColumnSpec c;
    c.name = column;
    spec.columns.push_back(c);
  }
  ColumnSpec target;
  target.name = "class";
  target.type = ColumnType::categorical;
  target.role = ColumnRole::target;
  target.categories = {name, "other"};
  target.counts = {1, 1};
  spec.columns.push_back(target);
  const Model model(net, Precision::float32,
                    {{"W1", {0.5, -1, 2, 0.25}}, {"b1", {0, 1}}, {"W2", {1, -1, 0.5, 0.5}}, {"b2", {0, 0}}}, spec);
  Dataset data;
  data.rows = 1;
  data.inputs = {Block{"numeric", 2, std::vector<float>{1, -0.5F}}};
  data.target = Block{"target", 1, std::vector<float>{1}};
  ExplainOptions options;
  options.source = name;
  return explain(model, data, {.weight = "1:1:2"}, options);
}

/// The text of <script id="ID"…>.
std::string script(const std::string& page, const std::string& id) {
  const size_t at = page.find("id=\"" + id + "\">");
  if (at == std::string::npos) return {};
  const size_t begin = page.find('>', at) + 1;
  return page.substr(begin, page.find("</script>", begin) - begin);
}

TEST(ExplanationPage, IsOneDocumentThatAsksForNothing) {
  const std::string page = to_html(explanation_with("age"));
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_EQ(count(page, "</script>"), 3U);
  EXPECT_EQ(count(page, "<script src"), 0U);
  EXPECT_EQ(count(page, "<link rel=\"stylesheet\""), 0U);
  EXPECT_EQ(count(page, "@import"), 0U);
  EXPECT_EQ(count(page, "url(http"), 0U);
  EXPECT_EQ(count(page, "default-src 'none'"), 1U);
  for (const char* marker : {"{{TITLE}}", "{{STYLE}}", "{{RECEIPT}}", "{{PARAMETERS}}", "{{SCRIPT}}"}) {
    EXPECT_EQ(count(page, marker), 0U) << marker;
  }
  EXPECT_EQ(count(page, "<title>∂l/∂W1[1,2] of row 1</title>"), 1U);
}

TEST(ExplanationPage, CarriesTheReceiptWhateverTheNamesAre) {
  for (const std::string name :
       {"</script><script>alert(1)</script>", "<!--<script>", "]]>", "\"><img src=x onerror=alert(1)>", "{{SCRIPT}}",
        "line\xE2\x80\xA8paragraph\xE2\x80\xA9", "\\u003c/script>", "&lt;b&gt;", "' \" \\ `${1}`"}) {
    const Explanation e = explanation_with(name);
    const std::string page = to_html(e);
    EXPECT_EQ(count(page, "</script>"), 3U) << name;
    EXPECT_EQ(count(page, "<script"), 3U) << name;
    EXPECT_EQ(count(page, "<!--"), 0U) << name;
    EXPECT_EQ(count(page, "\xE2\x80\xA8") + count(page, "\xE2\x80\xA9"), 0U) << name;
    const auto inside = nlohmann::json::parse(script(page, "receipt"));
    EXPECT_EQ(inside, nlohmann::json::parse(to_json(e))) << name;
    EXPECT_EQ(inside["source"], name);
  }
}

TEST(ExplanationPage, TitlesAreEscaped) {
  Explanation e = explanation_with("age");
  e.derivations[0].symbol = "<b>\"&";
  EXPECT_EQ(count(to_html(e), "∂l/∂&lt;b&gt;&quot;&amp; of row 1"), 2U);  // <title> and <h1>
}

TEST(ExplanationPage, WeightsOfLargeNetworksAreCarriedBesideTheReceipt) {
  Network net;
  net.input("x", 150).linear(150).activation("relu").linear(2).loss("softmax_xent");
  std::vector<double> W1(150 * 150);
  for (size_t k = 0; k < W1.size(); ++k) W1[k] = (static_cast<double>(k % 17) - 8) / 64;
  const Model model(
      net, Precision::float32,
      {{"W1", W1}, {"b1", std::vector<double>(150, 0.125)}, {"W2", std::vector<double>(300, 0.5)}, {"b2", {0, 1}}}, {});
  Dataset data;
  data.rows = 1;
  data.inputs = {Block{"x", 150, std::vector<float>(150, 0.5F)}};
  data.target = Block{"target", 1, std::vector<float>{0}};
  const auto carried = nlohmann::json::parse(script(to_html(explain(model, data, {}, {})), "parameters"));
  ASSERT_TRUE(carried.contains("W1"));
  EXPECT_EQ(carried["W1"]["values"]["type"], "f32");
  const std::string base64 = carried["W1"]["values"]["base64"];
  EXPECT_EQ(base64.size(), (W1.size() * 4 + 2) / 3 * 4);
  // −8/64 = −0.125 is 0xBE000000; the first three bytes of the little-endian float are zero.
  EXPECT_EQ(base64.substr(0, 5), "AAAAv");  // 00 00 00 | BE …
}

/// Every brace, environment and dollar of a document is closed; returns what is wrong.
std::string unbalanced(const std::string& tex) {
  std::vector<std::string> open;
  bool math = false;
  for (size_t k = 0; k < tex.size(); ++k) {
    if (tex[k] == '\\') {
      const bool begin = tex.compare(k, 7, "\\begin{") == 0, end = tex.compare(k, 5, "\\end{") == 0;
      if (begin || end) {
        const size_t from = k + (begin ? 7 : 5);
        const std::string name = tex.substr(from, tex.find('}', from) - from);
        if (begin) {
          open.push_back(name);
        } else if (open.empty() || open.back() != name) {
          return "\\end{" + name + "} closes " + (open.empty() ? "nothing" : open.back());
        } else {
          open.pop_back();
        }
        k = tex.find('}', from);
      } else {
        ++k;  // an escaped character
      }
    } else if (tex[k] == '{') {
      open.push_back("{");
    } else if (tex[k] == '}') {
      if (open.empty() || open.back() != "{")
        return "} closes " + (open.empty() ? std::string("nothing") : open.back());
      open.pop_back();
    } else if (tex[k] == '$') {
      math = !math;
    } else if (static_cast<unsigned char>(tex[k]) >= 0x80) {
      return "a byte beyond ASCII: " + tex.substr(k, 3);
    }
  }
  if (math) return "a $ is left open";
  return open.empty() ? "" : "left open: " + open.back();
}

TEST(ExplanationLatex, IsBalancedWhateverTheNamesAre) {
  for (const std::string name :
       {"age", "\\end{document}", "$", "{", "}", "% comment", "\\", "a_b^c", "#1 & ~", "\xE4\xB8\xAD\xC3\xA9\xFF"}) {
    EXPECT_EQ(unbalanced(to_latex(explanation_with(name))), "") << name;
  }
}

TEST(ExplanationLatex, TheCheckOfBalanceNoticesMistakes) {
  EXPECT_NE(unbalanced("{a"), "");
  EXPECT_NE(unbalanced("a}"), "");
  EXPECT_NE(unbalanced("$a"), "");
  EXPECT_NE(unbalanced("\\begin{a}\\end{b}"), "");
  EXPECT_NE(unbalanced("\\begin{a}"), "");
  EXPECT_NE(unbalanced("\xC3\xA9"), "");
  EXPECT_EQ(unbalanced("\\begin{a}{\\{}$x$\\end{a}"), "");
}

TEST(ExplanationLatex, HoldsTheNumbers) {
  const Explanation e = explanation_with("age");
  const std::string tex = to_latex(e);
  EXPECT_NE(tex.find("W^{(1)}_{1,2}"), std::string::npos);
  EXPECT_NE(tex.find("\\begin{picture}"), std::string::npos);
  EXPECT_NE(tex.find("agree within the bounds"), std::string::npos);
}

TEST(ExplanationLatex, SaysSoInRedWhereTheAuditDisagrees) {
  Explanation e = explanation_with("age");
  e.disagreements = 1;
  e.complaints = {"z1[2] is off by 100 ulp"};
  const std::string tex = to_latex(e);
  EXPECT_NE(tex.find("\\textcolor{wrong}{z1[2] is off by 100 ulp}"), std::string::npos);
  EXPECT_EQ(tex.find("agree within the bounds"), std::string::npos);
}

}  // namespace
}  // namespace retrograd
