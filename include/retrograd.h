/* retrograd for C, and for every language that can call C: load a model, predict, train from arrays.
 *
 * The interface is stable: functions and constants are added, never changed or taken away, within a major version.
 * Handles are opaque; no exception leaves a function. What can fail returns a status; retrograd_last_error() then says
 * why, in the words of the C++ library (place, what was found, what was expected, the fix). Texts are UTF-8 and end in
 * a zero byte. A const handle may be used by several threads at once.
 *
 *   retrograd_model *model = NULL;
 *   if (retrograd_load("model.onnx", &model) != RETROGRAD_OK) { puts(retrograd_last_error()); return 1; }
 *   retrograd_predict(model, x, rows, 0, y);
 *   retrograd_free(model);
 */
#ifndef RETROGRAD_H
#define RETROGRAD_H

#include <stdint.h>

#if defined(__GNUC__)
#define RETROGRAD_C_API __attribute__((visibility("default")))
#else
#define RETROGRAD_C_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a call returns. */
typedef int retrograd_status;
#define RETROGRAD_OK 0
#define RETROGRAD_ERROR 1         /* bad input, a file that cannot be read or written, an impossible option */
#define RETROGRAD_OUT_OF_MEMORY 2 /* too little memory */

/* A trained network with its preprocessing. */
typedef struct retrograd_model retrograd_model;
/* How to train: names and values as texts, so that new options need no new function. */
typedef struct retrograd_options retrograd_options;

/* "0.1.0" */
RETROGRAD_C_API const char *retrograd_version(void);
/* Why the last call of this thread failed; "" if none did. Valid until this thread's next call that fails. */
RETROGRAD_C_API const char *retrograd_last_error(void);

/* ---- Models. ---------------------------------------------------------------------------------------------------- */

/* Reads a model that retrograd wrote, or an ONNX file of another program (docs/embedding.md says which). On failure
 * *model is NULL. */
RETROGRAD_C_API retrograd_status retrograd_load(const char *path, retrograd_model **model);
/* Writes a model as one ONNX file, whole or not at all. */
RETROGRAD_C_API retrograd_status retrograd_save(const retrograd_model *model, const char *path);
/* Gives a model back; NULL is allowed. */
RETROGRAD_C_API void retrograd_free(retrograd_model *model);

/* 32 hexadecimal digits: a hash of the description and of every parameter's bits. Valid as long as the model. */
RETROGRAD_C_API const char *retrograd_fingerprint(const retrograd_model *model);
/* Numbers in a row of input, for a model of arrays; 0 for a model of tables. */
RETROGRAD_C_API int64_t retrograd_inputs(const retrograd_model *model);
/* Numbers in a row of output: classes, labels, or predicted values. */
RETROGRAD_C_API int64_t retrograd_outputs(const retrograd_model *model);
/* Name of an output (a class, a label, a target), or NULL beyond the last. Valid as long as the model. */
RETROGRAD_C_API const char *retrograd_output_name(const retrograd_model *model, int64_t output);

/* ---- Prediction. ------------------------------------------------------------------------------------------------ */

/* x: [rows][inputs], row-major, NaN for a missing number; y: [rows][outputs], probabilities of classes and labels or
 * predicted values. threads 0: as many as the work is worth. Needs a model of arrays. */
RETROGRAD_C_API retrograd_status retrograd_predict(const retrograd_model *model, const float *x, int64_t rows,
                                                   int threads, float *y);

/* One column of a table: numbers (NaN: missing), or texts (NULL: missing) where numbers is NULL. */
typedef struct retrograd_column {
  const char *name;
  const double *numbers;
  const char *const *texts;
} retrograd_column;

/* The same for a model of a table: columns are found by name, in any order; others are allowed. */
RETROGRAD_C_API retrograd_status retrograd_predict_table(const retrograd_model *model, const retrograd_column *columns,
                                                         int64_t count, int64_t rows, int threads, float *y);

/* ---- Training. -------------------------------------------------------------------------------------------------- */

/* Options with the defaults of the command line; NULL if there is no memory. */
RETROGRAD_C_API retrograd_options *retrograd_options_new(void);
RETROGRAD_C_API void retrograd_options_free(retrograd_options *options);
/* Sets one option. hidden ("64,32", "none"), activation, dropout, normalise, loss, task (classification, multilabel,
 * regression), optimizer, learning_rate, schedule, batch (rows or "full"), epochs, patience, metric, weight_decay, l1,
 * l2, seed, threads, precision (float32, float64), valid_fraction (0 to below 1: rows held out for early stopping; 0.2).
 * Fails for other names and for values that cannot be meant. */
RETROGRAD_C_API retrograd_status retrograd_options_set(retrograd_options *options, const char *name, const char *value);

/* Called after each epoch with its number (from 1), the mean training loss, and the validation loss (NaN without
 * validation rows). Anything but 0 ends training; the best epoch so far is kept. */
typedef int (*retrograd_progress)(int epoch, double train_loss, double valid_loss, void *user);

/* Trains on arrays. x: [rows][inputs] as above; y: [rows][targets], class numbers, 0 and 1 for labels, or values; the
 * task is inferred from them unless the option says it. options and progress may be NULL. On failure *model is NULL. */
RETROGRAD_C_API retrograd_status retrograd_train(const float *x, int64_t rows, int64_t inputs, const double *y,
                                                 int64_t targets, const retrograd_options *options,
                                                 retrograd_progress progress, void *user, retrograd_model **model);
/* Trains on the columns of a table, one of which is the target. */
RETROGRAD_C_API retrograd_status retrograd_train_table(const retrograd_column *columns, int64_t count, int64_t rows,
                                                       const char *target, const retrograd_options *options,
                                                       retrograd_progress progress, void *user,
                                                       retrograd_model **model);

#ifdef __cplusplus
}
#endif

#endif /* RETROGRAD_H */
