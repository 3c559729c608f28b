#include "service/letter.h"

#include <string.h>

#include "workflow/procedure.h"

#define SENTENCE_BYTES 2600

static const char *sentence(enum text_language language, struct arena *arena, enum text_key key,
                            const char *const args[])
{
    char *bytes = arena_alloc(arena, SENTENCE_BYTES);
    return text_format(bytes, SENTENCE_BYTES, language, key, args);
}

static const struct workflow_state_info *state_of(const struct letter_facts *facts)
{
    unsigned state;
    return facts->workflow && workflow_state_find(facts->workflow, facts->state, &state)
               ? workflow_state(facts->workflow, state)
               : NULL;
}

/* The next step is the reader's. */
static bool awaits_reader(const struct letter_facts *facts, const struct workflow_state_info *state)
{
    return state && state->awaits_role >= 0 &&
           strcmp(workflow_role(facts->workflow, (unsigned)state->awaits_role)->key, facts->role) == 0;
}

static const char *join(struct arena *arena, const char *text, const char *more)
{
    return arena_printf(arena, "%s %s", text, more);
}

/* What the definition calls the timer that brought it, a sentence; NULL when none did or it has no label. */
static const char *timer_label(const struct letter_facts *facts, enum text_language language)
{
    unsigned timer;
    return facts->timer && facts->workflow && workflow_timer_find(facts->workflow, facts->timer, &timer)
               ? workflow_timer_info(facts->workflow, timer)->label.in[language]
               : NULL;
}

static const char *subject_of(const struct letter_facts *facts, const char *state, const char *timer,
                              enum text_language language, struct arena *arena)
{
    const char *const names[] = {facts->ref, facts->reminder && timer ? timer : state, NULL};
    return sentence(language, arena,
                    facts->reminder && !timer ? TEXT_LETTER_REMINDER_SUBJECT : TEXT_LETTER_STATE_SUBJECT, names);
}

static struct letter about_state(const struct letter_facts *facts, enum text_language language, struct arena *arena)
{
    const struct workflow_state_info *state = state_of(facts);
    const char *label = state ? state->label.in[language] : facts->state, *timer = timer_label(facts, language);
    const char *const args[] = {facts->title, facts->ref, label, NULL};
    struct letter letter = {
        subject_of(facts, label, timer, language, arena),
        sentence(language, arena, facts->reminder ? TEXT_LETTER_REMINDER : TEXT_LETTER_STATE, args)};
    if (timer)
        letter.text = arena_printf(arena, "%s. %s", timer, letter.text);
    if (awaits_reader(facts, state))
        letter.text = join(arena, letter.text, text(language, TEXT_LETTER_YOUR_TURN));
    if (json_is_true(json_object_get(facts->payload, "survey")))
        letter.text = join(arena, letter.text, text(language, TEXT_LETTER_SURVEY));
    return letter;
}

/* A term of the law ends on another day than it was told: which, and for which holiday. */
static struct letter about_term(const struct letter_facts *facts, enum text_language language, struct arena *arena)
{
    static const char *const languages[] = {[TEXT_CA] = "ca", [TEXT_ES] = "es", [TEXT_EN] = "en"};
    const char *key = json_string_value(json_object_get(facts->payload, "clock")), *label = key;
    const char *why = json_string_value(json_object_get(json_object_get(facts->payload, "why"), languages[language]));
    unsigned clock;
    if (key && facts->workflow && workflow_clock_find(facts->workflow, key, &clock))
        label = workflow_clock_info(facts->workflow, clock)->label.in[language];
    const char *const names[] = {facts->ref, NULL};
    const char *const args[] = {facts->title, facts->ref, label ? label : "", why ? why : "", NULL};
    return (struct letter){sentence(language, arena, TEXT_LETTER_TERM_SUBJECT, names),
                           sentence(language, arena, TEXT_LETTER_TERM, args)};
}

static struct letter about_nobody(const struct letter_facts *facts, enum text_language language, struct arena *arena)
{
    const char *const names[] = {facts->ref, NULL}, *const args[] = {facts->title, facts->ref, NULL};
    return (struct letter){sentence(language, arena, TEXT_LETTER_UNASSIGNED_SUBJECT, names),
                           sentence(language, arena, TEXT_LETTER_UNASSIGNED, args)};
}

struct letter letter_write(const struct letter_facts *facts, enum text_language language, struct arena *arena)
{
    const char *about = json_string_value(json_object_get(facts->payload, "about"));
    if (about && strcmp(about, "term_moved") == 0)
        return about_term(facts, language, arena);
    if (about && strcmp(about, "unassigned") == 0)
        return about_nobody(facts, language, arena);
    return about_state(facts, language, arena);
}
