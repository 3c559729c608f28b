/* What the handlers that answer from memory share: the snapshot, validators, lists. */
#ifndef OAM_HANDLERS_ANSWER_H
#define OAM_HANDLERS_ANSWER_H

#include "http/http.h"
#include "model/selection.h"
#include "service/app.h"
#include "service/directory.h"
#include "service/page_rows.h"
#include "service/search.h"

/* The snapshot that this request reads, alive as long as it; NULL with UNAVAILABLE before the first load. */
const struct directory *answer_directory(struct context *ctx, struct error *err);

enum etag_strength { ETAG_STRONG, ETAG_WEAK };

/* The validator of an answer that is made of the directory, the address and the language alone. */
const char *answer_directory_etag(struct context *ctx, const struct directory *dir, enum etag_strength strength);

/* The validator of bytes. */
const char *answer_bytes_etag(struct context *ctx, const char *bytes, size_t length, enum etag_strength strength);

/* Sets the ETag. True when If-None-Match holds it: then 304 is answered. */
bool answer_not_modified(struct context *ctx, const char *etag);

/* ---- filters: comma-separated values ---- */

/* INVALID_PARAMETER, with BAD_FORMAT ("like {example}") of the parameter. */
void query_refuse(struct error *err, const char *name, const char *example);

/* The values of a parameter in arena memory; none when it is absent. A value that `is_fine` refuses, an empty one and
   more than `max_length` bytes violate BAD_FORMAT ("like {example}") or TOO_LONG of the parameter. */
struct word_set query_words(const struct context *ctx, const char *name, size_t max_length,
                            bool (*is_fine)(const char *), const char *example, struct error *err);
/* `fields` and `include`: *ret is NULL when neither is asked for. */
bool query_selection(const struct context *ctx, enum selection_source base, enum selection_source other,
                     const struct selection **ret, struct error *err);
/* `q`: 1 to 100 characters. */
struct search query_search(const struct context *ctx, struct error *err);

/* Syntax of the contract's values. */
bool is_comarca_code(const char *text); /* also of provinces: two digits */
bool is_body_code(const char *text);    /* ten digits */
bool is_word(const char *text);         /* lower_snake, up to 64 characters */
bool is_area_code(const char *text);    /* two to six capitals */
bool is_goal(const char *text);         /* 1 to 17 */

/* ---- pages ---- */

#define PAGE_LIMIT_MAX 200

struct page {
    uint64_t kind; /* what its cursors hold for */
    size_t limit;
    bool has_cursor;
    int64_t cursor_id, cursor_place; /* the row that it names, and where that stood */
    bool backwards;
    size_t first, end;       /* of the rows that were selected: page_cut() */
    const char *next, *prev; /* cursors, NULL at the ends */
};

/* Reads `limit` and `cursor`, for a list that is in memory; what is wrong with them goes into `err`. `list` names the
   list; its cursors hold for the filters of this request. */
struct page page_read(const struct context *ctx, const char *list, struct error *err);

/* Cuts the page out of `n` selected rows, known by their ids. */
void page_cut(struct context *ctx, struct page *page, const int64_t ids[], size_t n);

/* Link: first, and next and prev where there are; the parameters of the request are kept. */
void page_links(struct context *ctx, const char *next, const char *prev);
const char *page_link_value(struct context *ctx, const char *next, const char *prev); /* the header's value alone */

/* {"items":[ … ],"next":…,"prev":…} and the links; the items are written between begin and end. `page` NULL: all in
 * one. */
struct json_out page_begin(struct context *ctx);
void page_end(struct context *ctx, struct json_out *out, const struct page *page);
/* page_end, and the answer. */
bool page_respond(struct context *ctx, struct json_out *out, const struct page *page);

/* ---- pages of a list that is read by keyset ---- */

/* `limit`, `most` at most, and `cursor`; what is wrong with them goes into `err`. */
struct page_input page_asked(const struct context *ctx, int most, struct error *err);

/* The page as it was written, with its links; 304 when who asks has these bytes. */
bool page_answer(struct context *ctx, struct json_out *out, const char *next, const char *prev);

/* The version of a definition that `version` asks for, or the present one; NULL with the error set. */
const struct directory_workflow *answer_workflow(struct context *ctx, const struct directory *dir, struct error *err);

#endif
