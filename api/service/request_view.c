#include "service/request_view.h"

#include <stdio.h>
#include <string.h>

#include "service/execution_view.h"
#include "service/joint.h"
#include "service/request_parts.h"
#include "workflow/procedure.h"

#define REASON_BYTES 1000

static const struct workflow_state_info *state_of(const struct request *request, const struct directory *dir)
{
    const struct directory_workflow *definition = directory_workflow_by_id(dir, request->workflow_id);
    unsigned state;
    if (!definition || !workflow_state_find(definition->workflow, request->state, &state))
        return NULL;
    return workflow_state(definition->workflow, state);
}

const char *request_state_label(const struct request *request, const struct directory *dir, enum text_language language)
{
    const struct workflow_state_info *state = state_of(request, dir);
    return state ? state->label.in[language] : request->state;
}

static void workflow_member(struct json_out *out, const struct directory_workflow *definition)
{
    json_out_name(out, "workflow");
    json_out_object_begin(out);
    json_out_member_text(out, "key", definition ? definition->key : "");
    json_out_member_number(out, "version", definition ? definition->version : 0);
    json_out_member_text(out, "hash", definition ? definition->hash : "");
    json_out_object_end(out);
}

static void registered_member(struct json_out *out, const struct request *request)
{
    json_out_name(out, "registered");
    if (!request->register_number) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    json_out_member_text(out, "number", request->register_number);
    json_out_member_time(out, "at", request->registered_at);
    json_out_object_end(out);
}

void request_view(struct json_out *out, const struct request *request, const struct directory *dir,
                  enum text_language language, enum request_detail detail)
{
    const struct directory_body *body = directory_body_by_id(dir, request->body_id);
    const struct directory_service *service = directory_service_by_id(dir, request->service_id);
    const struct directory_unit *unit = directory_unit_by_id(dir, request->unit_id);
    const struct directory_agent *agent = directory_agent_by_id(dir, request->assignee_id);

    json_out_object_begin(out);
    json_out_member_text(out, "ref", request->ref);
    json_out_member_number(out, "version", request->version);
    json_out_member_text(out, "kind", "request");
    json_out_member_text(out, "state", request->state);
    json_out_member_text(out, "state_label", request_state_label(request, dir, language));
    json_out_member_text(out, "phase", request->phase);
    json_out_member_text(out, "service", service ? service->code : NULL);
    json_out_member_text(out, "service_name", service ? service->name.in[language] : NULL);
    json_out_member_text(out, "body", body ? body->code : NULL);
    json_out_member_text(out, "body_name", body ? body->name : NULL);
    json_out_member_text(out, "comarca", body ? body->comarca->code : NULL);
    json_out_member_bool(out, "joint", request->joint);
    json_out_member_text(out, "unit", unit ? unit->code : NULL);
    json_out_member_text(out, "assignee", agent ? agent->login : NULL);
    json_out_member_text(out, "assignee_name", agent ? agent->name : NULL);
    json_out_member_text(out, "title", request->title);
    if (detail == REQUEST_FULL) {
        json_out_member_text(out, "description", request->description);
        json_out_member_raw(out, "data", request->data);
        workflow_member(out, directory_workflow_by_id(dir, request->workflow_id));
    }
    json_out_member_text(out, "channel", request->channel);
    json_out_member_text(out, "external_ref", request->external_ref);
    json_out_member_number(out, "supports", request->supports);
    json_out_member_text(out, "place", request->place);
    json_out_member_bool(out, "synthetic", request->synthetic);
    registered_member(out, request);
    json_out_member_time(out, "created_at", request->created_at);
    json_out_member_time(out, "submitted_at", request->submitted_at);
    json_out_member_time(out, "updated_at", request->updated_at);
    json_out_member_time(out, "closed_at", request->closed_at);
    json_out_member_text(out, "created_by", request->created_by);
    json_out_object_end(out);
}

/* Whose move it is, and which body or agent that is when it is one. */
static void awaiting_view(struct json_out *out, const struct request *request, const struct directory *dir,
                          const struct workflow_role_info *role, enum text_language language)
{
    json_out_name(out, "awaiting");
    if (!role) {
        json_out_null(out);
        return;
    }
    const struct directory_body *body = directory_body_by_id(dir, request->body_id);
    const struct directory_agent *agent = directory_agent_by_id(dir, request->assignee_id);
    const char *who = NULL;
    if (role->from == WORKFLOW_ROLE_FROM_APPLICANT_ENTITY)
        who = body ? body->code : NULL;
    else if (role->scope == WORKFLOW_ROLE_SCOPE_COMARCA || role->from == WORKFLOW_ROLE_FROM_ASSIGNEE)
        who = agent ? agent->login : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "role", role->key);
    json_out_member_text(out, "label", role->label.in[language]);
    json_out_member_text(out, "who", who);
    json_out_object_end(out);
}

static const struct workflow_role_info *role_of(const struct workflow *wf, int role)
{
    return role >= 0 ? workflow_role(wf, (unsigned)role) : NULL;
}

static void state_member(struct json_out *out, const char *key, const char *label)
{
    json_out_name(out, "state");
    json_out_object_begin(out);
    json_out_member_text(out, "key", key);
    json_out_member_text(out, "label", label);
    json_out_object_end(out);
}

static void part_view(struct json_out *out, const struct request *request, const struct directory *dir,
                      const struct workflow *wf, unsigned step, enum text_language language)
{
    const struct workflow_state_info *state = workflow_state(wf, step);
    const bool done = request_part_done(wf, step);
    json_out_object_begin(out);
    state_member(out, state->key, state->label.in[language]);
    json_out_member_bool(out, "done", done);
    awaiting_view(out, request, dir, done ? NULL : role_of(wf, state->awaits_role), language);
    json_out_object_end(out);
}

/* Whose move it is, and what goes on side by side. */
static void awaiting_members(struct json_out *out, const struct request *request, const struct directory *dir,
                             enum text_language language)
{
    const struct directory_workflow *definition = directory_workflow_by_id(dir, request->workflow_id);
    const struct workflow *wf = definition ? definition->workflow : NULL;
    struct request_parts parts = {0};
    int awaited = -1;
    unsigned state;
    if (wf && workflow_state_find(wf, request->state, &state)) {
        parts = request_parts_of(request, wf, state);
        awaited = request_parts_awaited(&parts, wf, state);
    }
    awaiting_view(out, request, dir, role_of(wf, awaited), language);
    json_out_name(out, "parts");
    json_out_array_begin(out);
    for (size_t i = 0; i < parts.n; i++)
        part_view(out, request, dir, wf, parts.steps[i], language);
    json_out_array_end(out);
}

/* "Time to amend (Llei 39/2015 art. 68.1): not 28 May but 29 May: 25 May is a local holiday in Barcelona". */
static const char *due_reason(const struct workflow_text *label, const char *law, const char *why,
                              enum text_language language, char *ret, size_t size)
{
    snprintf(ret, size, "%s%s%s%s%s%s", label->in[language], law ? " (" : "", law ? law : "", law ? ")" : "",
             why && *why ? ": " : "", why ? why : "");
    return ret;
}

static void extended_member(struct json_out *out, const json_t *extended)
{
    json_out_name(out, "extended");
    if (!extended) {
        json_out_null(out);
        return;
    }
    json_out_object_begin(out);
    json_out_member_number(out, "by", json_integer_value(json_object_get(extended, "by")));
    json_out_member_number(out, "beyond", json_integer_value(json_object_get(extended, "beyond")));
    json_out_member_text(out, "unit", json_string_value(json_object_get(extended, "unit")));
    json_out_object_end(out);
}

static void due_member(struct json_out *out, const struct request *request, const json_t *due,
                       const struct workflow *wf, enum text_language language)
{
    static const char *const languages[] = {[TEXT_CA] = "ca", [TEXT_ES] = "es", [TEXT_EN] = "en"};
    const char *key = json_string_value(json_object_get(due, "clock"));
    unsigned clock;
    json_out_name(out, "due");
    if (!key || request->due_at == 0 || !workflow_clock_find(wf, key, &clock)) {
        json_out_null(out);
        return;
    }
    const struct workflow_text *label = &workflow_clock_info(wf, clock)->label;
    const char *law = json_string_value(json_object_get(due, "law"));
    const char *why = json_string_value(json_object_get(json_object_get(due, "why"), languages[language]));
    char reason[REASON_BYTES];
    json_out_object_begin(out);
    json_out_member_time(out, "at", request->due_at);
    json_out_member_text(out, "reason", due_reason(label, law, why, language, reason, sizeof reason));
    json_out_member_text(out, "clock", key);
    json_out_member_text(out, "label", label->in[language]);
    json_out_member_bool(out, "legal", json_is_true(json_object_get(due, "legal")));
    json_out_member_text(out, "law", law);
    extended_member(out, json_object_get(due, "extended"));
    json_out_object_end(out);
}

static void suspended_member(struct json_out *out, const json_t *due, const struct workflow *wf,
                             enum text_language language)
{
    size_t i;
    const json_t *item;
    json_out_name(out, "suspended");
    json_out_array_begin(out);
    json_array_foreach(json_object_get(due, "suspended"), i, item)
    {
        const char *key = json_string_value(json_object_get(item, "clock"));
        const char *state = json_string_value(json_object_get(item, "state"));
        unsigned clock, number;
        if (!key || !state || !workflow_clock_find(wf, key, &clock) || !workflow_state_find(wf, state, &number))
            continue;
        json_out_object_begin(out);
        json_out_member_text(out, "clock", key);
        json_out_member_text(out, "label", workflow_clock_info(wf, clock)->label.in[language]);
        json_out_member_text(out, "since", json_string_value(json_object_get(item, "since")));
        state_member(out, state, workflow_state(wf, number)->label.in[language]);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

/* By when, and what stands still; both are kept with the request when its clocks change. */
static void due_members(struct json_out *out, const struct request *request, const struct directory *dir,
                        enum text_language language)
{
    const struct directory_workflow *definition = directory_workflow_by_id(dir, request->workflow_id);
    json_t *due = request->due && definition ? json_loads(request->due, 0, NULL) : NULL;
    due_member(out, request, due, definition ? definition->workflow : NULL, language);
    suspended_member(out, due, definition ? definition->workflow : NULL, language);
    json_decref(due);
}

void status_view(struct json_out *out, const struct request *request, const struct directory *dir,
                 enum text_language language)
{
    const struct directory_body *body = directory_body_by_id(dir, request->body_id);
    const struct directory_service *service = directory_service_by_id(dir, request->service_id);
    const struct directory_unit *unit = directory_unit_by_id(dir, request->unit_id);
    const struct directory_agent *agent = directory_agent_by_id(dir, request->assignee_id);
    const struct workflow_state_info *state = state_of(request, dir);
    json_t *execution = execution_read(request);

    json_out_object_begin(out);
    json_out_member_text(out, "ref", request->ref);
    json_out_member_number(out, "version", request->version);
    json_out_member_text(out, "phase", request->phase);
    state_member(out, request->state, state ? state->label.in[language] : request->state);
    json_out_member_number(out, "progress",
                           execution_progress(request, execution, state ? (int64_t)state->progress : 0));
    json_out_name(out, "holder");
    json_out_object_begin(out);
    json_out_member_text(out, "unit", unit ? unit->code : NULL);
    json_out_member_text(out, "agent", agent ? agent->login : NULL);
    json_out_object_end(out);
    awaiting_members(out, request, dir, language);
    json_out_name(out, "members");
    joint_members_view(out, request, dir, language);
    due_members(out, request, dir, language);
    execution_members(out, execution);
    json_decref(execution);
    json_out_member_text(out, "outcome", request->outcome);
    json_out_member_time(out, "submitted_at", request->submitted_at);
    json_out_member_time(out, "closed_at", request->closed_at);
    json_out_member_time(out, "updated_at", request->updated_at);
    json_out_member_text(out, "body", body ? body->code : NULL);
    json_out_member_text(out, "service", service ? service->code : NULL);
    json_out_member_text(out, "external_ref", request->external_ref);
    json_out_object_end(out);
}

void actor_view(struct json_out *out, const struct directory *dir, const char *principal, const char *login)
{
    bool client = strncmp(principal, "client:", 7) == 0, user = strncmp(principal, "user:", 5) == 0;
    const struct directory_agent *agent = user ? directory_agent_find(dir, login) : NULL;
    json_out_object_begin(out);
    json_out_member_text(out, "kind", user ? "user" : client ? "client" : "system");
    json_out_member_text(out, "id", user || client ? login : NULL);
    json_out_member_text(out, "name", agent ? agent->name : login);
    json_out_object_end(out);
}
