/* One way of writing Open311 for its two formats. What is an element of XML is a member of JSON, but where lists are:
   XML names the list and each of its items, JSON the list alone. */
#ifndef OAM_HANDLERS_OPEN311_OUT_H
#define OAM_HANDLERS_OPEN311_OUT_H

#include <stdbool.h>

#include "base/json_out.h"
#include "base/xml_out.h"
#include "http/http.h"

struct open311_out {
    bool is_json;
    enum text_language language;
    struct xml_out xml;
    struct json_out json;
};

/* How the address ends: ".xml" or ".json", the last parameter of its path. False with NOT_FOUND: neither. */
bool open311_is_json(const struct context *ctx, bool *ret, struct error *err);

struct open311_out open311_out_new(struct context *ctx, bool is_json);

/* The document: an object, or a list. */
void open311_out_object(struct open311_out *out, const char *name);
void open311_out_object_end(struct open311_out *out, const char *name);
void open311_out_list(struct open311_out *out, const char *name);
void open311_out_list_end(struct open311_out *out, const char *name);

/* A list or an object that is a member, and an object that is an item of a list. */
void open311_out_member_list(struct open311_out *out, const char *name);
void open311_out_member_object(struct open311_out *out, const char *name);
void open311_out_item(struct open311_out *out, const char *name);

/* Members; without a value <name/> and null. */
void open311_out_text(struct open311_out *out, const char *name, const char *text_or_null);
void open311_out_bool(struct open311_out *out, const char *name, bool value);
void open311_out_number(struct open311_out *out, const char *name, const char *decimal_or_null);
void open311_out_time(struct open311_out *out, const char *name, int64_t at_us); /* whole seconds; 0: none */
void open311_out_item_text(struct open311_out *out, const char *name, const char *text);

bool open311_out_respond(struct context *ctx, int status, struct open311_out *out);

/* The same with a validator of its bytes: 304 where the caller has them. */
bool open311_out_respond_cached(struct context *ctx, struct open311_out *out);

/* A refusal: route.refuse of all that is Open311. */
void open311_refuse(struct context *ctx, const struct error *err);

#endif
