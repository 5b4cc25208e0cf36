/* Trains a network on arrays in memory, saves it, loads it again and predicts: all of retrograd.h that most programs
 * need. The classes are whether a point lies within a ring. */
#include <math.h>
#include <retrograd.h>
#include <stdio.h>
#include <stdlib.h>

enum { kRows = 2000, kInputs = 2 };

static int report(int epoch, double train_loss, double valid_loss, void *user) {
  (void)user;
  if (epoch % 10 == 0) printf("epoch %d: loss %.4f, on validation rows %.4f\n", epoch, train_loss, valid_loss);
  return 0; /* anything else ends training */
}

static int failed(const char *what) {
  fprintf(stderr, "%s: %s\n", what, retrograd_last_error());
  return EXIT_FAILURE;
}

int main(int argc, char **argv) {
  static float x[kRows * kInputs];
  static double y[kRows];
  const char *file = argc > 1 ? argv[1] : "ring.onnx";
  const float points[3 * kInputs] = {0.0f, 0.0f, 0.6f, 0.0f, 1.0f, 1.0f};
  float p[3 * 2];
  unsigned state = 1;
  for (int n = 0; n < kRows; ++n) {
    for (int j = 0; j < kInputs; ++j) {
      state = state * 1664525u + 1013904223u;
      x[n * kInputs + j] = (float)(state >> 8) / 8388608.0f - 1.0f;
    }
    const double r = hypot(x[n * kInputs], x[n * kInputs + 1]);
    y[n] = r > 0.4 && r < 0.8;
  }

  retrograd_options *options = retrograd_options_new();
  if (options == NULL) return failed("options");
  if (retrograd_options_set(options, "hidden", "32,32") != RETROGRAD_OK ||
      retrograd_options_set(options, "dropout", "0") != RETROGRAD_OK ||
      retrograd_options_set(options, "learning_rate", "0.01") != RETROGRAD_OK ||
      retrograd_options_set(options, "epochs", "60") != RETROGRAD_OK ||
      retrograd_options_set(options, "seed", "1") != RETROGRAD_OK)
    return failed("options");
  retrograd_model *model = NULL;
  const retrograd_status trained = retrograd_train(x, kRows, kInputs, y, 1, options, report, NULL, &model);
  retrograd_options_free(options);
  if (trained != RETROGRAD_OK) return failed("training");
  if (retrograd_save(model, file) != RETROGRAD_OK) return failed("saving");
  retrograd_free(model);

  if (retrograd_load(file, &model) != RETROGRAD_OK) return failed("loading");
  if (retrograd_predict(model, points, 3, 1, p) != RETROGRAD_OK) return failed("predicting");
  for (int n = 0; n < 3; ++n)
    printf("(%.1f, %.1f): in the ring with probability %.3f\n", (double)points[2 * n], (double)points[2 * n + 1],
           (double)p[2 * n + 1]);
  printf("fingerprint %s\n", retrograd_fingerprint(model));
  retrograd_free(model);
  return p[1] < 0.5f && p[3] > 0.5f && p[5] < 0.5f ? EXIT_SUCCESS : EXIT_FAILURE;
}
