#include "service/service_catalogue.h"

#include <stdio.h>
#include <string.h>

#include "workflow/procedure.h"

bool catalogue_matches(const struct catalogue_filter *filter, const struct directory_service *service)
{
    uint32_t goals = 0;
    for (size_t i = 0; i < service->n_sdg; i++)
        goals |= UINT32_C(1) << service->sdg[i];
    bool is_open_to =
        filter->population < 0 || service->max_population == 0 || service->max_population >= filter->population;
    return service->active && is_open_to && (filter->goals == 0 || (filter->goals & goals) != 0) &&
           word_set_has(&filter->areas, service->area->code) &&
           word_set_has(&filter->support_types, service->support_type) &&
           word_set_has(&filter->applications, service->application) && search_find(&filter->search, service->folded);
}

/* ---- form ---- */

/* Where a definition sets no limit: what request_data_check() takes. */
#define TEXT_LENGTH_MAX 4000
#define LIST_LENGTH_MAX 64

static void member_type(struct json_out *out, const char *type, const char *format)
{
    json_out_member_text(out, "type", type);
    if (format != NULL)
        json_out_member_text(out, "format", format);
}

static void schema_text(struct json_out *out, const struct workflow_field_info *field)
{
    member_type(out, "string", NULL);
    json_out_member_number(out, "minLength", field->has_min ? field->min : 1);
    json_out_member_number(out, "maxLength", field->has_max ? field->max : TEXT_LENGTH_MAX);
}

static void schema_integer(struct json_out *out, const struct workflow_field_info *field)
{
    member_type(out, "integer", NULL);
    if (field->has_min)
        json_out_member_number(out, "minimum", field->min);
    if (field->has_max)
        json_out_member_number(out, "maximum", field->max);
}

static void schema_enum(struct json_out *out, const struct workflow_field_info *field)
{
    member_type(out, "string", NULL);
    json_out_name(out, "enum");
    json_out_array_begin(out);
    for (size_t i = 0; i < field->n_options; i++)
        json_out_text(out, field->options[i]);
    json_out_array_end(out);
}

static void schema_type(struct json_out *out, const struct workflow_field_info *field)
{
    switch (field->type) {
    case WORKFLOW_FIELD_STRING:
    case WORKFLOW_FIELD_DOC:
    case WORKFLOW_FIELD_REF:
        schema_text(out, field);
        return;
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        schema_integer(out, field);
        return;
    case WORKFLOW_FIELD_BOOL:
        member_type(out, "boolean", NULL);
        return;
    case WORKFLOW_FIELD_DATE:
        member_type(out, "string", "date");
        return;
    case WORKFLOW_FIELD_INSTANT:
        member_type(out, "string", "date-time");
        return;
    case WORKFLOW_FIELD_ENUM:
        schema_enum(out, field);
        return;
    case WORKFLOW_FIELD_DOCS:
    case WORKFLOW_FIELD_LIST:
        member_type(out, "array", NULL);
        json_out_member_number(out, "minItems", field->has_min ? field->min : 0);
        json_out_member_number(out, "maxItems", field->has_max ? field->max : LIST_LENGTH_MAX);
        return;
    }
}

uint64_t catalogue_fields_of_filing(const struct workflow *workflow)
{
    struct workflow_transition_info transition;
    uint64_t fields = 0;
    unsigned submit;
    if (!workflow_event_find(workflow, "submit", &submit))
        return 0;
    for (unsigned i = 0; workflow_transition_info(workflow, i, &transition); i++)
        if (transition.event == (int)submit && transition.from == workflow_initial(workflow))
            fields |= transition.require;
    return fields;
}

static bool in_set(uint64_t fields, unsigned field)
{
    return (fields & UINT64_C(1) << field) != 0;
}

static void form_fields(struct json_out *out, const struct workflow *workflow, enum text_language language)
{
    uint64_t fields = catalogue_fields_of_filing(workflow);
    unsigned n = (unsigned)workflow_field_count(workflow);
    json_out_name(out, "required");
    json_out_array_begin(out);
    for (unsigned i = 0; i < n; i++)
        if (in_set(fields, i))
            json_out_text(out, workflow_field(workflow, i)->key);
    json_out_array_end(out);
    json_out_name(out, "properties");
    json_out_object_begin(out);
    for (unsigned i = 0; i < n; i++) {
        const struct workflow_field_info *field = workflow_field(workflow, i);
        if (!in_set(fields, i))
            continue;
        json_out_key(out, field->key);
        json_out_object_begin(out);
        json_out_member_text(out, "title", field->label.in[language]);
        schema_type(out, field);
        json_out_member_text(out, "x-type", workflow_field_type_key(field->type));
        json_out_object_end(out);
    }
    json_out_object_end(out);
    json_out_member_bool(out, "additionalProperties", false);
}

static void request_member(struct json_out *out, const char *name, enum text_key title, enum text_language language,
                           int min, int max)
{
    json_out_name(out, name);
    json_out_object_begin(out);
    json_out_member_text(out, "title", text(language, title));
    member_type(out, "string", NULL);
    json_out_member_number(out, "minLength", min);
    json_out_member_number(out, "maxLength", max);
    json_out_object_end(out);
}

/* The members of a request beside `data`, with the limits of the contract. */
static void form_request(struct json_out *out, const struct directory_service *service, enum text_language language)
{
    json_out_name(out, "x-request");
    json_out_object_begin(out);
    json_out_member_raw(out, "required", "[\"service\",\"body\",\"title\"]");
    json_out_name(out, "properties");
    json_out_object_begin(out);
    json_out_name(out, "service");
    json_out_object_begin(out);
    json_out_member_text(out, "title", text(language, TEXT_FORM_SERVICE));
    json_out_member_text(out, "const", service->code);
    json_out_object_end(out);
    json_out_name(out, "body");
    json_out_object_begin(out);
    json_out_member_text(out, "title", text(language, TEXT_FORM_BODY));
    member_type(out, "string", NULL);
    json_out_member_text(out, "pattern", "^[0-9]{10}$");
    json_out_object_end(out);
    request_member(out, "title", TEXT_FORM_TITLE, language, 3, 250);
    request_member(out, "description", TEXT_FORM_DESCRIPTION, language, 0, 20000);
    json_out_object_end(out);
    json_out_object_end(out);
}

void catalogue_form(struct json_out *out, const struct directory_service *service, enum text_language language)
{
    char id[64];
    snprintf(id, sizeof id, "/api/v1/services/%s/form", service->code);
    json_out_object_begin(out);
    json_out_member_text(out, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_out_member_text(out, "$id", id);
    json_out_member_text(out, "title", service->name.in[language]);
    json_out_member_text(out, "description", service->description.in[language]);
    json_out_member_text(out, "type", "object");
    form_fields(out, service->workflow->workflow, language);
    form_request(out, service, language);
    json_out_object_end(out);
}

/* ---- fields of a transition ---- */

static void field_write(struct json_out *out, const struct workflow_field_info *field, enum text_language language)
{
    json_out_object_begin(out);
    json_out_member_text(out, "name", field->key);
    json_out_member_text(out, "label", field->label.in[language]);
    json_out_member_text(out, "type", workflow_field_type_key(field->type));
    json_out_member_bool(out, "required", true);
    json_out_name(out, "options");
    if (field->type == WORKFLOW_FIELD_ENUM) {
        json_out_array_begin(out);
        for (size_t i = 0; i < field->n_options; i++)
            json_out_text(out, field->options[i]);
        json_out_array_end(out);
    } else {
        json_out_null(out);
    }
    json_out_object_end(out);
}

void catalogue_fields(struct json_out *out, const struct workflow *workflow, uint64_t fields,
                      enum text_language language)
{
    json_out_array_begin(out);
    for (unsigned i = 0; i < workflow_field_count(workflow); i++)
        if (in_set(fields, i))
            field_write(out, workflow_field(workflow, i), language);
    json_out_array_end(out);
}
