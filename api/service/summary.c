#include "service/summary.h"

#include <jansson.h>
#include <string.h>

#include "service/stock_text.h"
#include "workflow/step.h"

#define ROLES_MAX 64

/* What is awaited of one role: of which, and in how many open requests. */
struct awaited {
    const struct workflow_role_info *role;
    int64_t requests;
};

struct tally {
    const struct call *call;
    struct awaited roles[ROLES_MAX];
    size_t n_roles;
    int64_t open, progress; /* of the open ones, and the sum of their percent */
};

/* One item of the statement: [phase, workflow, state, requests, of them with actions, sum of their progress]. */
struct stand {
    const char *phase, *state;
    const struct directory_workflow *workflow;
    const struct workflow_state_info *info; /* NULL: its procedure does not know the state any more */
    int64_t requests, acting, progress;
};

static struct stand stand_read(const json_t *item, const struct directory *dir)
{
    struct stand stand = {
        .phase = json_string_value(json_array_get(item, 0)),
        .state = json_string_value(json_array_get(item, 2)),
        .workflow = directory_workflow_by_id(dir, json_integer_value(json_array_get(item, 1))),
        .requests = json_integer_value(json_array_get(item, 3)),
        .acting = json_integer_value(json_array_get(item, 4)),
        .progress = json_integer_value(json_array_get(item, 5)),
    };
    unsigned number;
    if (stand.workflow && workflow_state_find(stand.workflow->workflow, stand.state, &number))
        stand.info = workflow_state(stand.workflow->workflow, number);
    return stand;
}

static const struct workflow_role_info *role_of(const struct stand *stand)
{
    if (!stand->info || stand->info->awaits_role < 0)
        return NULL;
    return workflow_role(stand->workflow->workflow, (unsigned)stand->info->awaits_role);
}

static void role_view(struct json_out *out, const struct workflow_role_info *role, enum text_language language)
{
    json_out_member_text(out, "role", role->key);
    json_out_member_text(out, "label", role->label.in[language]);
}

static void stand_view(struct json_out *out, const struct stand *stand, enum text_language language)
{
    const struct workflow_role_info *role = role_of(stand);
    json_out_object_begin(out);
    json_out_member_text(out, "workflow", stand->workflow ? stand->workflow->key : NULL);
    json_out_name(out, "state");
    json_out_object_begin(out);
    json_out_member_text(out, "key", stand->state);
    json_out_member_text(out, "label", stand->info ? stand->info->label.in[language] : stand->state);
    json_out_object_end(out);
    json_out_member_number(out, "requests", stand->requests);
    json_out_name(out, "awaiting");
    if (role) {
        json_out_object_begin(out);
        role_view(out, role, language);
        json_out_object_end(out);
    } else {
        json_out_null(out);
    }
    json_out_object_end(out);
}

static void tally_role(struct tally *tally, const struct workflow_role_info *role, int64_t requests)
{
    size_t i = 0;
    while (i < tally->n_roles && strcmp(tally->roles[i].role->key, role->key) != 0)
        i++;
    if (i == ROLES_MAX)
        return;
    if (i == tally->n_roles)
        tally->roles[tally->n_roles++].role = role;
    tally->roles[i].requests += requests;
}

/* A request with actions is as far as they are, another as its procedure says. */
static void tally_stand(struct tally *tally, const struct stand *stand)
{
    const struct workflow_role_info *role = role_of(stand);
    if (strcmp(stand->phase, "end") == 0)
        return;
    tally->open += stand->requests;
    tally->progress += stand->progress;
    if (stand->info)
        tally->progress += (stand->requests - stand->acting) * (int64_t)stand->info->progress;
    if (role)
        tally_role(tally, role, stand->requests);
}

static void phase_view(struct json_out *out, struct tally *tally, const json_t *stands, const char *phase)
{
    int64_t requests = 0;
    size_t i;
    const json_t *item;
    json_out_object_begin(out);
    json_out_member_text(out, "phase", phase);
    json_out_name(out, "states");
    json_out_array_begin(out);
    json_array_foreach(stands, i, item)
    {
        const struct stand stand = stand_read(item, tally->call->directory);
        if (strcmp(stand.phase, phase) != 0)
            continue;
        requests += stand.requests;
        tally_stand(tally, &stand);
        stand_view(out, &stand, tally->call->language);
    }
    json_out_array_end(out);
    json_out_member_number(out, "requests", requests);
    json_out_object_end(out);
}

static void coming_view(struct json_out *out, const json_t *coming)
{
    size_t i;
    const json_t *item;
    json_out_name(out, "next");
    json_out_array_begin(out);
    json_array_foreach(coming, i, item)
    {
        json_out_object_begin(out);
        json_out_member_text(out, "ref", json_string_value(json_array_get(item, 0)));
        json_out_member_text(out, "title", json_string_value(json_array_get(item, 1)));
        json_out_member_text(out, "on", json_string_value(json_array_get(item, 2)));
        json_out_member_time(out, "due_at", json_integer_value(json_array_get(item, 3)));
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

static void summary_view(struct json_out *out, struct tally *tally, const json_t *stands, const json_t *coming)
{
    json_out_name(out, "phases");
    json_out_array_begin(out);
    for (int phase = WORKFLOW_PHASE_DRAFT; phase <= WORKFLOW_PHASE_END; phase++)
        phase_view(out, tally, stands, workflow_phase_key((enum workflow_phase)phase));
    json_out_array_end(out);
    json_out_member_number(out, "open", tally->open);
    json_out_member_number(out, "progress", tally->open ? tally->progress / tally->open : 0);
    json_out_name(out, "awaited");
    json_out_array_begin(out);
    for (size_t i = 0; i < tally->n_roles; i++) {
        json_out_object_begin(out);
        role_view(out, tally->roles[i].role, tally->call->language);
        json_out_member_number(out, "requests", tally->roles[i].requests);
        json_out_object_end(out);
    }
    json_out_array_end(out);
    coming_view(out, coming);
}

bool body_summary(const struct call *call, const char *code, struct json_out *out)
{
    enum { SUMMARY_STANDS, SUMMARY_COMING, SUMMARY_YEARS, SUMMARY_MONEY, SUMMARY_MATERIAL };
    const struct directory_body *body = directory_body_find(call->directory, code);
    struct tally tally = {.call = call};
    tx_auto struct tx tx = {0};
    const struct rows *rows = NULL;
    char today[TIME_TEXT_SIZE];
    if (!body || !actor_sees_body(call->actor, body->id))
        return error_set(call->err, ERROR_NOT_FOUND, TEXT_DETAIL_BODY_NOT_FOUND, code);
    if (!tx_begin(&tx, call->store, TX_READ, call->actor, call->arena, call->err))
        return false;
    tx_run(&tx, QUERY_BODY_SUMMARY, &rows, param_number(body->id), param_text(text_language_tag(call->language)),
           param_text(stock_text_today(call, today)));
    if (!tx_flush(&tx))
        return false;
    const char *stood = rows_text(rows, 0, SUMMARY_STANDS), *comes = rows_text(rows, 0, SUMMARY_COMING),
               *years = rows_text(rows, 0, SUMMARY_YEARS), *material = rows_text(rows, 0, SUMMARY_MATERIAL);
    json_t *stands = stood ? json_loads(stood, 0, NULL) : NULL, *coming = comes ? json_loads(comes, 0, NULL) : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "body", body->code);
    json_out_member_text(out, "body_name", body->name);
    summary_view(out, &tally, stands, coming);
    json_out_member_raw(out, "material", material ? material : "[]");
    json_out_member_text(out, "currency", "EUR");
    json_out_member_raw(out, "amounts", rows_text(rows, 0, SUMMARY_MONEY));
    json_out_member_raw(out, "years", years ? years : "[]");
    json_out_object_end(out);
    json_decref(stands);
    json_decref(coming);
    return true;
}
