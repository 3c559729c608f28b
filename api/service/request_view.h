/* How a request looks from outside: the representations of the contract. */
#ifndef OAM_SERVICE_REQUEST_VIEW_H
#define OAM_SERVICE_REQUEST_VIEW_H

#include "base/json_out.h"
#include "model/request.h"
#include "service/directory.h"

enum request_detail { REQUEST_SUMMARY, REQUEST_FULL };

/* Writes a Request (full) or RequestSummary with names and labels in `language`. */
void request_view(struct json_out *out, const struct request *request, const struct directory *dir,
                  enum text_language language, enum request_detail detail);

/* Writes a Status. */
void status_view(struct json_out *out, const struct request *request, const struct directory *dir,
                 enum text_language language);

/* The label of the state the request is in; its key when the definition does not know it. */
const char *request_state_label(const struct request *request, const struct directory *dir,
                                enum text_language language);

/* {kind, id, name} of who acted: `principal` is user:7, client:3 or system. */
void actor_view(struct json_out *out, const struct directory *dir, const char *principal, const char *login);

#endif
