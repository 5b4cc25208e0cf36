/* retrograd.h used from C: every function, every refusal. Exit code 0 when all hold; each that fails is printed. */
#include <math.h>
#include <pthread.h>
#include <retrograd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                                       \
  do {                                                                                         \
    if (!(condition)) {                                                                        \
      ++failures;                                                                              \
      printf("line %d: %s; last error: %s\n", __LINE__, #condition, retrograd_last_error());   \
    }                                                                                          \
  } while (0)

#define REFUSED(call, part)                                    \
  do {                                                         \
    CHECK((call) == RETROGRAD_ERROR);                          \
    CHECK(strstr(retrograd_last_error(), part) != NULL);       \
  } while (0)

enum { kRows = 400, kInputs = 3 };
static float x[kRows * kInputs];
static double values[kRows], classes[kRows];

static int stop_after_three(int epoch, double train_loss, double valid_loss, void *user) {
  *(int *)user = epoch;
  CHECK(train_loss > 0 && !isnan(valid_loss));
  return epoch == 3;
}

static void *other_thread(void *unused) {
  (void)unused;
  CHECK(strcmp(retrograd_last_error(), "") == 0);
  return NULL;
}

static void arrays(const char *folder) {
  char file[4096];
  int epochs = 0;
  retrograd_model *model = NULL, *again = NULL;
  retrograd_options *options = retrograd_options_new();
  float p[kRows * 2], q[kRows * 2];
  CHECK(retrograd_options_set(options, "hidden", "8,4") == RETROGRAD_OK);
  CHECK(retrograd_options_set(options, "epochs", "30") == RETROGRAD_OK);
  CHECK(retrograd_options_set(options, "threads", "1") == RETROGRAD_OK);
  CHECK(retrograd_train(x, kRows, kInputs, classes, 1, options, stop_after_three, &epochs, &model) == RETROGRAD_OK);
  CHECK(epochs == 3);
  CHECK(retrograd_inputs(model) == kInputs && retrograd_outputs(model) == 2);
  CHECK(strcmp(retrograd_output_name(model, 1), "1") == 0 && retrograd_output_name(model, 2) == NULL);
  CHECK(strlen(retrograd_fingerprint(model)) == 32);
  CHECK(retrograd_predict(model, x, kRows, 1, p) == RETROGRAD_OK);
  CHECK(fabsf(p[0] + p[1] - 1) < 1e-6f);
  CHECK(retrograd_predict(model, NULL, 0, 1, NULL) == RETROGRAD_OK);
  snprintf(file, sizeof file, "%s/model.onnx", folder);
  CHECK(retrograd_save(model, file) == RETROGRAD_OK);
  CHECK(retrograd_load(file, &again) == RETROGRAD_OK);
  CHECK(strcmp(retrograd_fingerprint(model), retrograd_fingerprint(again)) == 0);
  CHECK(retrograd_predict(again, x, kRows, 2, q) == RETROGRAD_OK);
  CHECK(memcmp(p, q, sizeof p) == 0);
  REFUSED(retrograd_predict(model, NULL, 1, 1, p), "x is NULL");
  REFUSED(retrograd_predict(model, x, -1, 1, p), "-1 rows");
  REFUSED(retrograd_predict(model, x, INT64_MAX / 2, 1, p), "more than memory can hold");
  REFUSED(retrograd_predict_table(model, NULL, 0, 1, 1, p), "use retrograd_predict");
  retrograd_free(again);
  retrograd_free(model);
  /* Regression: the same call, other targets. */
  CHECK(retrograd_options_set(options, "hidden", "none") == RETROGRAD_OK);
  CHECK(retrograd_options_set(options, "epochs", "200") == RETROGRAD_OK);
  CHECK(retrograd_options_set(options, "patience", "200") == RETROGRAD_OK);
  CHECK(retrograd_options_set(options, "weight_decay", "0") == RETROGRAD_OK);
  CHECK(retrograd_train(x, kRows, kInputs, values, 1, options, NULL, NULL, &model) == RETROGRAD_OK);
  CHECK(retrograd_outputs(model) == 1 && strcmp(retrograd_output_name(model, 0), "y") == 0);
  CHECK(retrograd_predict(model, x, kRows, 0, p) == RETROGRAD_OK);
  for (int n = 0; n < kRows; ++n) CHECK(fabs((double)p[n] - values[n]) < 0.05);
  retrograd_free(model);
  retrograd_options_free(options);
}

static void tables(void) {
  static const char *const words[] = {"low", "high", NULL};
  static const char *colour[kRows], *kind[kRows];
  static double size[kRows];
  const retrograd_column columns[] = {{"size", size, NULL}, {"colour", NULL, colour}, {"kind", NULL, kind}};
  const double one_size[] = {NAN};
  const char *const one_colour[] = {"never seen"};
  const retrograd_column row[] = {{"colour", NULL, one_colour}, {"size", one_size, NULL}};
  retrograd_model *model = NULL;
  float p[kRows * 2];
  int right = 0;
  for (int n = 0; n < kRows; ++n) {
    size[n] = n % 10 == 0 ? NAN : (double)x[n * kInputs];
    colour[n] = words[n % 3];
    kind[n] = (n % 3 == 1) ? "yes" : "no";
  }
  CHECK(retrograd_train_table(columns, 3, kRows, "kind", NULL, NULL, NULL, &model) == RETROGRAD_OK);
  CHECK(retrograd_inputs(model) == 0 && retrograd_outputs(model) == 2);
  CHECK(strcmp(retrograd_output_name(model, 0), "no") == 0);
  CHECK(retrograd_predict_table(model, columns, 3, kRows, 1, p) == RETROGRAD_OK);
  for (int n = 0; n < kRows; ++n) right += (p[2 * n + 1] > 0.5f) == (n % 3 == 1);
  CHECK(right > kRows * 9 / 10);
  CHECK(retrograd_predict_table(model, row, 2, 1, 1, p) == RETROGRAD_OK);
  CHECK(fabsf(p[0] + p[1] - 1) < 1e-6f);
  REFUSED(retrograd_predict_table(model, row, 1, 1, 1, p), "size");
  REFUSED(retrograd_predict(model, x, 1, 1, p), "use retrograd_predict_table");
  retrograd_free(model);
  REFUSED(retrograd_train_table(columns, 3, kRows, "sort", NULL, NULL, NULL, &model), "sort");
  CHECK(model == NULL);
}

static void refusals(void) {
  retrograd_options *options = retrograd_options_new();
  retrograd_model *model = (retrograd_model *)options; /* anything but NULL */
  pthread_t thread;
  REFUSED(retrograd_load("/nowhere/model.onnx", &model), "/nowhere/model.onnx");
  CHECK(model == NULL);
  REFUSED(retrograd_load("model.onnx", NULL), "model is NULL");
  REFUSED(retrograd_options_set(options, "epoch", "3"), "there is no option 'epoch'; there are: activation");
  REFUSED(retrograd_options_set(options, "epochs", "many"), "epochs is 'many'");
  REFUSED(retrograd_options_set(options, "epochs", "2.5"), "whole number");
  REFUSED(retrograd_options_set(options, "hidden", "8,,4"), "hidden is ''");
  REFUSED(retrograd_options_set(options, "task", "ranking"), "classification, multilabel or regression");
  REFUSED(retrograd_options_set(options, "precision", "half"), "float32 or float64");
  CHECK(retrograd_options_set(options, "activation", "reelu") == RETROGRAD_OK); /* known once a network is made */
  REFUSED(retrograd_train(x, kRows, kInputs, classes, 1, options, NULL, NULL, &model), "reelu");
  REFUSED(retrograd_train(x, 0, kInputs, classes, 1, NULL, NULL, NULL, &model), "0 rows");
  REFUSED(retrograd_train(x, INT64_MAX / 4, kInputs, classes, 1, NULL, NULL, NULL, &model), "memory");
  REFUSED(retrograd_train(NULL, kRows, kInputs, classes, 1, NULL, NULL, NULL, &model), "x is NULL");
  CHECK(pthread_create(&thread, NULL, other_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
  retrograd_options_free(options);
  retrograd_options_free(NULL);
  retrograd_free(NULL);
  CHECK(retrograd_inputs(NULL) == 0 && retrograd_outputs(NULL) == 0 && retrograd_output_name(NULL, 0) == NULL);
}

int main(int argc, char **argv) {
  unsigned state = 7;
  if (argc != 2) return 2;
  for (int n = 0; n < kRows; ++n) {
    for (int j = 0; j < kInputs; ++j) {
      state = state * 1664525u + 1013904223u;
      x[n * kInputs + j] = (float)(state >> 8) / 8388608.0f - 1.0f;
    }
    values[n] = 2.0 * (double)x[n * kInputs] - (double)x[n * kInputs + 1] + 0.5;
    classes[n] = x[n * kInputs] > x[n * kInputs + 2];
  }
  CHECK(strlen(retrograd_version()) >= 5);
  arrays(argv[1]);
  tables();
  refusals();
  if (failures == 0) puts("all hold");
  return failures == 0 ? 0 : 1;
}
