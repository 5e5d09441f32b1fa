/* The whole of assay.h in use: reads the files that it is given, from disk and
   from memory, and says what it saw, one line a file.

   check FILE...     exit code 0 if all were read or refused as they should,
                     2 if the library contradicts itself. */

#include "assay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what) {
    fprintf(stderr, "check: %s\n", what);
    exit(2);
}

static void say(AssayText text) { printf("%.*s", (int)text.len, text.bytes); }

static void describe(const AssayReader *reader) {
    size_t count = assay_reader_tensors(reader), pairs = 0;
    printf("%zu", count);
    for (size_t at = 0; at < count; at++) {
        AssayTensor tensor, found;
        if (!assay_reader_tensor(reader, at, &tensor)) fail("a tensor is missing");
        if (!assay_reader_find(reader, tensor.name.bytes, tensor.name.len, &found) ||
            found.data != tensor.data || found.file_offset != tensor.file_offset)
            fail("a tensor is not found by its name");
        printf(" ");
        say(tensor.name);
        printf(":");
        say(tensor.dtype);
        for (size_t dim = 0; dim < tensor.rank; dim++) printf("%c%" PRIu64, dim ? 'x' : '[', tensor.shape[dim]);
        printf("%s@%" PRIu64 "=", tensor.rank ? "]" : "", tensor.file_offset);
        for (size_t byte = 0; byte < tensor.data_len; byte++) printf("%02x", tensor.data[byte]);
    }
    AssayTensor none;
    if (assay_reader_tensor(reader, count, &none)) fail("there is a tensor after the last");
    if (assay_reader_find(reader, "no such name", 12, &none)) fail("a tensor is found that is not there");
    const AssayPair *pair = assay_reader_metadata(reader, &pairs);
    if (pairs && !assay_reader_has_metadata(reader)) fail("pairs without metadata");
    for (size_t at = 0; at < pairs; at++) {
        printf(" ");
        say(pair[at].key);
        printf("=");
        say(pair[at].value);
    }
    printf("\n");
}

static void refused(AssayError *error) {
    uint64_t start = 0, end = 0;
    if (!error) fail("refused without a reason");
    AssayText rule = assay_error_rule(error);
    if (rule.bytes) say(rule);
    else printf("no rule");
    if (assay_error_span(error, &start, &end)) printf(" %" PRIu64 "..%" PRIu64, start, end);
    printf(" ");
    say(assay_error_message(error));
    printf("\n");
    assay_error_free(error);
}

static uint8_t *contents(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*len ? *len : 1);
    if (!bytes || fread(bytes, 1, *len, file) != *len) fail("cannot read a file");
    fclose(file);
    return bytes;
}

static void check(const char *path, const AssayPolicy *policy) {
    AssayError *error = NULL;
    AssayReader *opened = assay_reader_open(path, policy, &error);
    if (opened) describe(opened);
    else refused(error);

    size_t len = 0;
    uint8_t *bytes = contents(path, &len);
    if (!bytes) return;
    error = NULL;
    AssayReader *read = assay_reader_read(bytes, len, policy, &error);
    if (!read != !opened) fail("disk and memory are judged differently");
    if (read && assay_reader_tensors(read) != assay_reader_tensors(opened)) fail("disk and memory differ");
    assay_reader_free(read);
    assay_reader_free(opened);
    assay_error_free(error);
    free(bytes);
}

int main(int argc, char **argv) {
    if (assay_policy_new("no such edition", false, NULL)) fail("an edition that does not exist");
    AssayError *error = NULL;
    AssayPolicy *policy = assay_policy_new(NULL, true, &error);
    if (!policy || error) fail("there is no newest edition");
    for (int at = 1; at < argc; at++) check(argv[at], policy);
    assay_policy_free(policy);
    assay_policy_free(NULL);
    assay_reader_free(NULL);
    assay_error_free(NULL);
    return 0;
}
