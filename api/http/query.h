/* Percent-decoding, query strings and forms: strict, so that a filter never vanishes silently. */
#ifndef OAM_HTTP_QUERY_H
#define OAM_HTTP_QUERY_H

#include "http/http.h"

/* Where the bytes stand: in a query and a form + is a space, and a form's values may have several lines. */
enum uri_part { URI_PATH_SEGMENT, URI_QUERY, URI_FORM };
/* Decodes `length` raw bytes into the arena. NULL on a bad escape, a NUL, a control character, invalid UTF-8, or (in a
   path segment) an encoded slash. */
const char *uri_decode(struct arena *arena, const char *raw, size_t length, enum uri_part part);

/* Splits `raw` (what follows the '?', or a form) into ret_pairs, at most `max`. False when it cannot be decoded or
   holds more. */
bool query_split(struct arena *arena, const char *raw, size_t length, enum uri_part part, struct http_pair *ret_pairs,
                 size_t max, size_t *ret_count);

/* The language that `lang` names in a raw query, whatever else is wrong with it. False, and *ret as it was, when it
   names none of ours. */
bool query_language(struct arena *arena, const char *raw, enum text_language *ret);

/* Parses the query of ctx against route->query: repeated and unknown names are violated, all at once. */
bool query_parse(struct context *ctx, const char *raw, size_t length, struct error *err);

#endif
