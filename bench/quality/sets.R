# Tables of R packages that Debian has, as train.csv.gz, valid.csv.gz and test.csv.gz (three, one and one fifth of the
# rows, drawn with one seed) with the target as the last column: sets of many kinds that no setting was made for.
# Use: Rscript sets.R DIR
into <- commandArgs(trailingOnly = TRUE)[1]

# package, table, target, columns left out: row names, dates, other forms of the target
sets <- list(
  list("mlbench", "BostonHousing", "medv"),
  list("mlbench", "DNA", "Class"),
  list("mlbench", "LetterRecognition", "lettr"),
  list("mlbench", "PimaIndiansDiabetes2", "diabetes"),
  list("mlbench", "Satellite", "classes"),
  list("mlbench", "Vehicle", "Class"),
  list("mlbench", "Vowel", "Class"),
  list("modeldata", "ames", "Sale_Price"),
  list("modeldata", "attrition", "Attrition"),
  list("modeldata", "cells", "class", "case"),
  list("modeldata", "check_times", "check_time", "package"),
  list("modeldata", "Chicago", "ridership", "date"),
  list("modeldata", "concrete", "compressive_strength"),
  list("modeldata", "credit_data", "Status"),
  list("modeldata", "hpc_data", "class"),
  list("modeldata", "Sacramento", "price", "zip"),
  list("modeldata", "wa_churn", "churn"),
  list("kernlab", "income", "INCOME"),
  list("kernlab", "spam", "type")
)

for (set in sets) {
  from <- new.env()
  data(list = set[[2]], package = set[[1]], envir = from)
  table <- get(set[[2]], envir = from)
  target <- set[[3]]
  table <- table[!is.na(table[[target]]), setdiff(names(table), unlist(set[-(1:3)]))]
  table <- table[, c(setdiff(names(table), target), target)]
  folder <- file.path(into, set[[2]])
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  set.seed(1)
  order <- sample(nrow(table))
  ends <- floor(nrow(table) * c(0.6, 0.8, 1))
  parts <- list(train = order[1:ends[1]], valid = order[(ends[1] + 1):ends[2]], test = order[(ends[2] + 1):ends[3]])
  for (part in names(parts)) {
    file <- gzfile(file.path(folder, paste0(part, ".csv.gz")), "w")
    write.csv(table[parts[[part]], ], file, row.names = FALSE, na = "")
    close(file)
  }
  cat(sprintf("%-22s %6d rows %3d columns\n", set[[2]], nrow(table), ncol(table) - 1))
}
