/* What comes in through Open311: reports, and updates of what was reported. */
#ifndef OAM_SERVICE_OPEN311_WRITE_H
#define OAM_SERVICE_OPEN311_WRITE_H

#include "service/open311.h"

#define OPEN311_FIELDS_MAX 200 /* of a form */

/* A form as it came; an empty value is an absent one. */
struct open311_field {
    const char *name, *value;
};
struct open311_form {
    const struct open311_field *fields;
    size_t count;
};

/* The value of a field that may be there once; NULL when it is absent. */
const char *open311_form_text(const struct open311_form *form, const char *name);

/* Files what the form says as call->actor, with all that filing means; all violations at once. *ret_ref: what it is
   known by. Who reported it is not kept: that stays with the system that knows them. */
bool open311_file(const struct call *call, const struct directory_open311 *endpoint, const struct open311_form *form,
                  const char **ret_ref);

/* Says in public, of a request that is published there, what the other system said, once for each update_id. *ret_id:
   what it is known by here. Where it stands in that system changes nothing here: it is told in words. */
bool open311_update(const struct call *call, const struct directory_open311 *endpoint, const struct open311_form *form,
                    const char **ret_id);

#endif
