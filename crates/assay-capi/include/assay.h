/* The reference reader of the safetensors format, for C.

   Made by cbindgen from crates/assay-capi; do not edit. A policy says what is
   accepted, a reader is a file that was found right, an error names one broken
   rule and its bytes. What a `_new`, `_open` or `_read` returns is freed by the
   `_free` of its kind; all else points into what it came from. Text is UTF-8
   with a length and is not terminated. Policies and readers may be used by
   several threads at once. */

#ifndef ASSAY_H
#define ASSAY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 Why a file was not read, or a policy not made.
 */
typedef struct AssayError AssayError;

/*
 What a reader accepts: an edition of the format, and what becomes of files
 on which its sources disagree.
 */
typedef struct AssayPolicy AssayPolicy;

/*
 A file that was read and found right.
 */
typedef struct AssayReader AssayReader;

/*
 UTF-8 text of `len` bytes, not terminated; `bytes` is null if there is none.
 */
typedef struct AssayText {
  /*
   The first byte.
   */
  const char *bytes;
  /*
   Number of bytes.
   */
  size_t len;
} AssayText;

/*
 A tensor. Points into its reader, and into the bytes that the reader was made of.
 */
typedef struct AssayTensor {
  /*
   Its name.
   */
  struct AssayText name;
  /*
   The name of its dtype.
   */
  struct AssayText dtype;
  /*
   Its dimensions, outermost first.
   */
  const uint64_t *shape;
  /*
   Number of dimensions; 0 for a scalar.
   */
  size_t rank;
  /*
   Its contents, little-endian, last dimension fastest, at any alignment.
   */
  const uint8_t *data;
  /*
   Length of the contents in bytes.
   */
  size_t data_len;
  /*
   Where the contents begin, in bytes from the start of the file.
   */
  uint64_t file_offset;
} AssayTensor;

/*
 A pair of metadata. Points into its reader, or the bytes that the reader was made of.
 */
typedef struct AssayPair {
  /*
   The key.
   */
  struct AssayText key;
  /*
   Its value.
   */
  struct AssayText value;
} AssayPair;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 What is wrong, in one line: what was found, the rule, and the bytes. Points
 into the error.

 What the caller promises:
 `error` is one that a function of this library left, and not yet freed.
 */
struct AssayText assay_error_message(const struct AssayError *error);

/*
 The id of the broken rule, such as `buffer/no-holes`; no text if no rule is
 broken but the file could not be read. Points into the error.

 What the caller promises:
 As for `assay_error_message`.
 */
struct AssayText assay_error_rule(const struct AssayError *error);

/*
 The bytes that show the fault, counted from the start of the file: `*start`
 is the first and `*end` is after the last. False, and nothing is written, if
 no bytes of a file are at fault.

 What the caller promises:
 As for `assay_error_message`; `start` and `end` point to numbers that may be written.
 */
bool assay_error_span(const struct AssayError *error, uint64_t *start, uint64_t *end);

/*
 Frees an error; null is no error.

 What the caller promises:
 `error` is null, or as for `assay_error_message`, and used no more.
 */
void assay_error_free(struct AssayError *error);

/*
 Makes a policy; null if there is no such edition, with the reason in `*error`.

 `edition` is its name, such as `0.8`, ended by a NUL; null is the newest.
 With `refuse_disputed` only files that every reader must accept are read;
 without it those too that a reader may refuse.

 What the caller promises:
 `edition` is null or ends with a NUL; `error` is null or points to a pointer
 that may be written.
 */
struct AssayPolicy *assay_policy_new(const char *edition,
                                     bool refuse_disputed,
                                     struct AssayError **error);

/*
 Frees a policy; readers made with it stay as they are. Null is no policy.

 What the caller promises:
 `policy` is null, or came from `assay_policy_new` and is used no more.
 */
void assay_policy_free(struct AssayPolicy *policy);

/*
 Opens a file: its header is read, its contents are mapped. Null, with the
 reason in `*error`, if it cannot be read or breaks a rule.

 `path` ends with a NUL. Nobody may change the file in place while it is open;
 replacing it by renaming another one over it is harmless.

 What the caller promises:
 `path` ends with a NUL; `policy` came from `assay_policy_new`; `error` is null
 or points to a pointer that may be written.
 */
struct AssayReader *assay_reader_open(const char *path,
                                      const struct AssayPolicy *policy,
                                      struct AssayError **error);

/*
 Reads a whole file that is in memory, without a copy. Null, with the reason
 in `*error`, if it breaks a rule.

 What the caller promises:
 `bytes` points to `len` bytes that nobody changes or frees before the reader
 is freed; `policy` and `error` as for `assay_reader_open`.
 */
struct AssayReader *assay_reader_read(const uint8_t *bytes,
                                      size_t len,
                                      const struct AssayPolicy *policy,
                                      struct AssayError **error);

/*
 Number of tensors.

 What the caller promises:
 `reader` came from `assay_reader_open` or `assay_reader_read` and is not yet freed.
 */
size_t assay_reader_tensors(const struct AssayReader *reader);

/*
 The tensor at a position in order of offsets. False, and nothing is written,
 if there are not so many.

 What the caller promises:
 `reader` as for `assay_reader_tensors`; `tensor` may be written.
 */
bool assay_reader_tensor(const struct AssayReader *reader,
                         size_t position,
                         struct AssayTensor *tensor);

/*
 The tensor of a name of `name_len` bytes. False, and nothing is written, if
 there is none.

 What the caller promises:
 `reader` as for `assay_reader_tensors`; `name` points to `name_len` bytes;
 `tensor` may be written.
 */
bool assay_reader_find(const struct AssayReader *reader,
                       const char *name,
                       size_t name_len,
                       struct AssayTensor *tensor);

/*
 Whether there is metadata, be it without pairs.

 What the caller promises:
 `reader` as for `assay_reader_tensors`.
 */
bool assay_reader_has_metadata(const struct AssayReader *reader);

/*
 The pairs of metadata in the order of the file; `*len` is their number. The
 pointer may be null only if there are none.

 What the caller promises:
 `reader` as for `assay_reader_tensors`; `len` may be written.
 */
const struct AssayPair *assay_reader_metadata(const struct AssayReader *reader, size_t *len);

/*
 Frees a reader; null is no reader. Tensors and pairs that it gave point
 nowhere then.

 What the caller promises:
 `reader` is null, or as for `assay_reader_tensors`, and used no more.
 */
void assay_reader_free(struct AssayReader *reader);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ASSAY_H */
