/* What every call of Open311 begins with: the format, the jurisdiction, and who holds the key if there is one. */
#ifndef OAM_HANDLERS_OPEN311_CALL_H
#define OAM_HANDLERS_OPEN311_CALL_H

#include "handlers/use.h"
#include "service/open311_write.h"

struct open311_call {
    struct call call;
    bool is_json;
    const struct directory_open311 *endpoint;
    struct actor actor; /* whose eyes call.actor has: everybody's, or a client's */
    bool is_holder;     /* the latter */
};

/* A parameter of the query; an empty one is an absent one. */
const char *open311_parameter(const struct context *ctx, const char *name);

/* As everybody; the jurisdiction is a parameter of the query. */
bool open311_call_begin(struct context *ctx, struct open311_call *ret, struct error *err);

/* The same of a form, whose fields are read into *ret_form, as the client whose api_key it has. */
bool open311_call_begin_form(struct context *ctx, struct open311_call *ret, struct open311_form *ret_form,
                             struct error *err);

/* As the client whose key it is, of which this scope is needed. */
bool open311_call_identify(struct context *ctx, struct open311_call *at, const char *key, uint32_t scope,
                           struct error *err);

#endif
