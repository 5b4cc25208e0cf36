// Every setting: its place, kind, default, allowed values and help. Here those of [data]; the other sections have files
// of their own.
#include <iterator>
#include <utility>

#include "retrograd/data.hpp"
#include "settings/options.hpp"
#include "settings/sections.hpp"

namespace retrograd::cli {
namespace {

void check_separator(const std::string& value) {
  if (value.size() != 1 && value != "auto" && value != "tab" && value != "\\t")
    fail("found '{}', expected one character, tab or auto", value);
}

void check_decimal(const std::string& value) {
  if (value != "." && value != ",") fail("found '{}', expected . or ,", value);
}

void check_type(const std::string& value) {
  DataOptions scratch;
  add_type_override(scratch, value);
}

std::vector<SettingSpec> table() {
  std::vector<SettingSpec> t;
  t.push_back({.section = "data", .name = "train", .kind = Kind::text, .initial = "", .help = "training data"});
  t.push_back({.section = "data",
               .name = "target",
               .kind = Kind::list,
               .initial = "",
               .help = "column to predict; repeat it for several outputs",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "valid",
               .kind = Kind::text,
               .initial = "",
               .help = "validation data; without it a part of the training data is held out",
               .hint = "DATA"});
  t.push_back({.section = "data",
               .name = "valid_fraction",
               .kind = Kind::number,
               .initial = "auto",
               .help = "part of the training data held out for validation when --valid is not given; 0: none; auto: a "
                       "fifth, at most 10,000 rows",
               .hint = "F",
               .range = kShare,
               .words = {"auto"}});
  t.push_back({.section = "data",
               .name = "test",
               .kind = Kind::text,
               .initial = "",
               .help = "test data, measured once after training",
               .hint = "DATA"});
  t.push_back({.section = "data",
               .name = "task",
               .kind = Kind::text,
               .initial = "auto",
               .help = "classification, multilabel or regression; auto: by the target",
               .hint = "TASK",
               .words = {"auto", "classification", "multilabel", "regression"}});
  t.push_back({.section = "data",
               .name = "weight",
               .kind = Kind::text,
               .initial = "",
               .help = "column that says how much each row counts",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "ignore",
               .kind = Kind::list,
               .initial = "",
               .help = "column to leave out; may be repeated",
               .hint = "COLUMN"});
  t.push_back({.section = "data",
               .name = "type",
               .kind = Kind::list,
               .initial = "",
               .help = "what a column holds: numeric, categorical, boolean or ignore; may be repeated",
               .hint = "COLUMN=TYPE",
               .check = check_type});
  t.push_back({.section = "data",
               .name = "missing",
               .kind = Kind::list,
               .initial = "",
               .help = fmt::format("text that means 'no value', may be repeated; default: the empty field, {}",
                                   listed(default_missing())),
               .hint = "TEXT"});
  t.push_back({.section = "data",
               .name = "separator",
               .kind = Kind::text,
               .initial = "auto",
               .help = "field separator: one character, or tab",
               .hint = "C",
               .check = check_separator});
  t.push_back({.section = "data",
               .name = "decimal",
               .kind = Kind::text,
               .initial = ".",
               .help = "decimal mark of numbers: . or ,; with a comma, numbers in quotes may also stand between commas",
               .hint = ".|,",
               .check = check_decimal});
  t.push_back({.section = "data",
               .name = "on_bad_row",
               .kind = Kind::text,
               .initial = "fail",
               .help = "rows of a table that cannot be read: fail, naming file, line and column, or skip: leave them "
                       "out and list the first; more than half of all rows is an error all the same",
               .hint = "fail|skip",
               .words = {"fail", "skip"}});
  t.push_back(
      {.section = "data",
       .name = "cache",
       .kind = Kind::text,
       .initial = "",
       .help =
           "for tables larger than memory: a binary file, built when it is missing or the table has changed, "
           "from which rows are read as they are needed (train: those of --valid and --test are FILE.valid, FILE.test)",
       .hint = "FILE"});
  for (std::vector<SettingSpec> section : {network_settings(), train_settings()})
    t.insert(t.end(), std::make_move_iterator(section.begin()), std::make_move_iterator(section.end()));
  return t;
}

}  // namespace

const std::vector<SettingSpec>& setting_specs() {
  static const std::vector<SettingSpec> specs = table();
  return specs;
}

}  // namespace retrograd::cli
