#include "service/request_reasons.h"

#include "base/json_in.h"
#include "service/request_rules.h"
#include "service/request_view.h"

#define SENTENCE_BYTES 600

struct reason {
    const char *code, *detail;
};

/* What a reason alone says; roles, checks and witnesses have words of their own. */
static const struct {
    enum workflow_reason reason;
    const char *code;
    enum text_key key;
} plain[] = {
    {WORKFLOW_REASON_HIDDEN, "condition_not_met", TEXT_REASON_CONDITION_NOT_MET},
    {WORKFLOW_REASON_MEMBER, "not_member", TEXT_REASON_NOT_MEMBER},
    {WORKFLOW_REASON_RECUSED, "recused", TEXT_REASON_RECUSED},
    {WORKFLOW_REASON_BALLOT, "invalid_ballot", TEXT_REASON_INVALID_BALLOT},
    {WORKFLOW_REASON_VOTED, "voted_already", TEXT_REASON_VOTED_ALREADY},
    {WORKFLOW_REASON_TERM_IDLE, "term_idle", TEXT_REASON_TERM_IDLE},
    {WORKFLOW_REASON_TERM_OVER, "term_over", TEXT_REASON_TERM_OVER},
    {WORKFLOW_REASON_TERM_EXTENDED, "term_extended", TEXT_REASON_TERM_EXTENDED},
    {WORKFLOW_REASON_TERM_HALF, "term_half", TEXT_REASON_TERM_HALF},
};
enum { PLAIN = sizeof plain / sizeof *plain, REASONS_MAX = PLAIN + 2 + WORKFLOW_FAILURES_MAX };

static const char *sentence(enum text_key key, const char *word, const struct call *call)
{
    const char *const args[] = {word, NULL};
    char *bytes = arena_alloc(call->arena, SENTENCE_BYTES);
    return text_format(bytes, SENTENCE_BYTES, call->language, key, args);
}

/* An event by the label of the first transition that has it. */
static const char *event_label(const struct workflow *wf, int event, enum text_language language)
{
    struct workflow_transition_info info;
    for (unsigned i = 0; workflow_transition_info(wf, i, &info); i++)
        if (info.event == event && info.label.in[language])
            return info.label.in[language];
    return workflow_event_key(wf, (unsigned)event);
}

/* What the actor did that keeps them from this. */
static const char *done_before(const struct workflow *wf, uint16_t witnesses, const struct call *call)
{
    const char *labels = "";
    for (unsigned i = 0; i < WORKFLOW_WITNESSES_MAX; i++)
        if (witnesses >> i & 1)
            labels = arena_printf(call->arena, "%s%s«%s»", labels, *labels ? ", " : "",
                                  event_label(wf, workflow_witness_event(wf, i), call->language));
    return labels;
}

uint32_t request_obstacles(const struct workflow_reasons *reasons)
{
    uint32_t to_come = WORKFLOW_REASON_FIELDS | (reasons->fields_missing ? WORKFLOW_REASON_CHECKS : 0);
    return reasons->why & ~to_come;
}

bool request_lacks_data(const struct workflow_reasons *reasons)
{
    const uint32_t of_data = WORKFLOW_REASON_FIELDS | WORKFLOW_REASON_CHECKS | WORKFLOW_REASON_TERM_HALF;
    return reasons->why && !(reasons->why & ~of_data);
}

void request_data_unasked(const struct workflow *wf, const struct workflow_reasons *reasons, uint64_t sent,
                          struct error *err)
{
    const uint64_t unasked = sent & ~reasons->fields_required;
    for (unsigned i = 0; i < workflow_field_count(wf); i++)
        if (unasked >> i & 1)
            error_violate(err, json_pointer(err->arena, "/data", workflow_field(wf, i)->key), NOT_ASKED_FOR);
}

void request_data_refused(const struct workflow *wf, const struct workflow_reasons *reasons, const char *base,
                          struct error *err)
{
    const char *under = json_pointer(err->arena, base, "data");
    request_fields_missing(wf, reasons->fields_missing, base, err);
    for (unsigned i = 0; !reasons->fields_missing && i < reasons->n_failures; i++)
        error_violate(err, under, CHECK_FAILED, reasons->failures[i]->in[err->language]);
    if (reasons->why & WORKFLOW_REASON_TERM_HALF)
        error_violate(err, under, CHECK_FAILED, text(err->language, TEXT_REASON_TERM_HALF));
}

static size_t gather(struct reason *ret, const struct workflow *wf, const struct workflow_reasons *reasons,
                     const struct call *call)
{
    const uint32_t why = request_obstacles(reasons);
    size_t n = 0;
    if (why & WORKFLOW_REASON_ROLE)
        ret[n++] = (struct reason){"role_required",
                                   sentence(TEXT_REASON_ROLE_REQUIRED,
                                            request_role_labels(wf, reasons->roles_wanted, call->language, call->arena),
                                            call)};
    if (why & WORKFLOW_REASON_SAME_ACTOR)
        ret[n++] = (struct reason){"same_actor",
                                   sentence(TEXT_REASON_SAME_ACTOR, done_before(wf, reasons->witnesses, call), call)};
    for (size_t i = 0; i < PLAIN; i++)
        if (why & plain[i].reason)
            ret[n++] = (struct reason){plain[i].code, text(call->language, plain[i].key)};
    for (size_t i = 0; (why & WORKFLOW_REASON_CHECKS) && i < reasons->n_failures; i++)
        ret[n++] = (struct reason){"check_failed", reasons->failures[i]->in[call->language]};
    return n;
}

void request_reasons_view(struct json_out *out, const struct workflow *wf, const struct workflow_reasons *reasons,
                          const struct call *call)
{
    struct reason why[REASONS_MAX];
    const size_t n = gather(why, wf, reasons, call);
    json_out_array_begin(out);
    for (size_t i = 0; i < n; i++) {
        json_out_object_begin(out);
        json_out_member_text(out, "code", why[i].code);
        json_out_member_text(out, "detail", why[i].detail);
        json_out_object_end(out);
    }
    json_out_array_end(out);
}

bool request_refusal(const struct workflow *wf, const struct request_verdict *verdict, const char *event,
                     const struct request *request, const struct call *call)
{
    const struct workflow_reasons *reasons = &verdict->reasons;
    struct reason why[REASONS_MAX];
    if (reasons->why & WORKFLOW_REASON_ROLE)
        return error_set(call->err, ERROR_FORBIDDEN, TEXT_DETAIL_ROLE_REQUIRED,
                         request_role_labels(wf, reasons->roles_wanted, call->language, call->arena));
    if (reasons->why & WORKFLOW_REASON_SAME_ACTOR)
        return error_set(call->err, ERROR_FORBIDDEN, TEXT_REASON_SAME_ACTOR, done_before(wf, reasons->witnesses, call));
    if (request_lacks_data(reasons)) {
        request_data_refused(wf, reasons, "", call->err);
        return false;
    }
    const size_t n = gather(why, wf, reasons, call);
    const char *all = "";
    for (size_t i = 0; i < n; i++)
        all = arena_printf(call->arena, "%s%s%s", all, *all ? " " : "", why[i].detail);
    if (*all)
        return error_set(call->err, ERROR_TRANSITION_NOT_OFFERED, TEXT_DETAIL_TRANSITION_REFUSED, event, all);
    return error_set(call->err, ERROR_TRANSITION_NOT_OFFERED, TEXT_DETAIL_TRANSITION_NOT_OFFERED, event,
                     request_state_label(request, call->directory, call->language));
}
