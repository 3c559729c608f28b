/* From a form to a draft: what Open311 calls by other names, and fields as the procedure's definition wants them. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_in.h"
#include "base/utf8.h"
#include "model/field.h"
#include "service/open311_write.h"
#include "service/request_service.h"

#define DESCRIPTION_MAX 4000 /* characters, as the specification has it */
#define TITLE_MAX       250
#define TITLE_MIN       3
#define ADDRESS_MAX     250
#define PLACE_MAX       200
#define ADDRESS_ID_MAX  100
#define URL_MAX         1000
#define PERSON_MAX      250
#define DECIMALS_MAX    12
#define MEDIA_MAX       10 /* that a description has room for */

const char *open311_form_text(const struct open311_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].name, name) == 0 && form->fields[i].value[0])
            return form->fields[i].value;
    return NULL;
}

/* ---- what the specification names ---- */

static const char *text_of(const struct call *call, const struct open311_form *form, const char *name, size_t max)
{
    const char *value = NULL;
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) != 0 || !form->fields[i].value[0])
            continue;
        if (value)
            error_violate(call->err, name, REPEATED, name);
        value = form->fields[i].value;
    }
    if (value && utf8_count(value, strlen(value)) > max) {
        error_violate(call->err, name, TOO_LONG, arena_printf(call->arena, "%zu", max));
        return NULL;
    }
    return value;
}

/* A decimal number as the database and JSON take it. */
static bool is_decimal(const char *text)
{
    const char *at = text + (*text == '-');
    const size_t whole = strspn(at, "0123456789");
    const bool has_point = at[whole] == '.';
    const size_t decimals = has_point ? strspn(at + whole + 1, "0123456789") : 0;
    return whole >= 1 && whole <= 3 && (whole == 1 || at[0] != '0') && (!has_point || decimals >= 1) &&
           decimals <= DECIMALS_MAX && at[whole + has_point + decimals] == '\0';
}

static const char *degrees_of(const struct call *call, const struct open311_form *form, const char *name, int most)
{
    const char *value = text_of(call, form, name, PERSON_MAX);
    if (!value)
        return NULL;
    if (!is_decimal(value))
        error_violate_like(call->err, name, "41.7495");
    else if (strtod(value, NULL) > most || strtod(value, NULL) < -most)
        error_violate(call->err, name, OUT_OF_RANGE, arena_printf(call->arena, "-%d", most),
                      arena_printf(call->arena, "%d", most));
    return value;
}

static const char *first_characters(const struct call *call, const char *text, size_t length, size_t max)
{
    size_t taken = 0;
    for (size_t characters = 0; taken < length && characters < max; characters++) {
        const size_t bytes = utf8_length(text + taken, length - taken);
        taken += bytes ? bytes : 1;
    }
    return arena_strndup(call->arena, text, taken);
}

/* Where it is about, which has to be said in one of three ways. */
static struct open311_report report_of(const struct call *call, const struct open311_form *form)
{
    struct open311_report report = {
        .latitude = degrees_of(call, form, "lat", 90),
        .longitude = degrees_of(call, form, "long", 180),
        .address = text_of(call, form, "address_string", ADDRESS_MAX),
        .address_id = text_of(call, form, "address_id", ADDRESS_ID_MAX),
    };
    if (!report.latitude && (report.longitude || !(report.address || report.address_id)))
        error_violate(call->err, "lat", REQUIRED);
    if (!report.longitude && (report.latitude || !(report.address || report.address_id)))
        error_violate(call->err, "long", REQUIRED);
    const char *place = report.address ? report.address
                        : report.latitude && report.longitude
                            ? arena_printf(call->arena, "%s, %s", report.latitude, report.longitude)
                        : report.address_id ? report.address_id
                                            : "";
    report.place = first_characters(call, place, strlen(place), PLACE_MAX);
    return report;
}

/* Pictures: the first is the report's, and whoever works on it finds all below what was written. */
static const char *media_of(const struct call *call, const struct open311_form *form, struct open311_report *report)
{
    const char *all = "";
    size_t n = 0;
    for (size_t i = 0; i < form->count; i++) {
        const char *url = form->fields[i].value;
        if ((strcmp(form->fields[i].name, "media_url") != 0 && strcmp(form->fields[i].name, "media_url[]") != 0) ||
            !*url)
            continue;
        if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) || strpbrk(url, " \n\t"))
            error_violate_like(call->err, "media_url", "https://example.org/1.jpeg");
        else if (utf8_count(url, strlen(url)) > URL_MAX)
            error_violate(call->err, "media_url", TOO_LONG, "1000");
        if (++n == MEDIA_MAX + 1)
            error_violate(call->err, "media_url", TOO_MANY, "10");
        if (!report->media_url)
            report->media_url = url;
        all = arena_printf(call->arena, "%s\n%s", all, url);
    }
    return all;
}

/* The first line that says anything; the service's name where none does. */
static const char *title_of(const struct call *call, const struct directory_service *service, const char *description)
{
    for (const char *at = description; at && *at;) {
        at += strspn(at, " \t\n");
        const size_t length = strcspn(at, "\n");
        if (utf8_count(at, length) >= TITLE_MIN) {
            const char *title = first_characters(call, at, length, TITLE_MAX);
            char *clean = arena_strdup(call->arena, title);
            for (char *tab = strchr(clean, '\t'); tab; tab = strchr(tab, '\t'))
                *tab = ' ';
            if (field_line_is_fine(clean))
                return clean;
        }
        at += length;
    }
    return service->name.in[call->language];
}

/* ---- what the procedure asks for ---- */

static json_t *integer_of(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t length = strspn(digits, "0123456789");
    return length >= 1 && length <= 18 && !digits[length] ? json_integer(strtoll(text, NULL, 10)) : NULL;
}

/* A day may be told as a moment of it: the day that it is here then. */
static json_t *day_of(const char *text)
{
    int64_t day, at;
    char written[TIME_TEXT_SIZE];
    if (day_parse(text, strlen(text), &day))
        return json_string(text);
    return time_parse(text, strlen(text), false, &at) ? json_string(day_format(directory_day(at), written)) : NULL;
}

/* NULL where the text cannot be of that type; what the definition says beyond is judged by filing. */
static json_t *value_of(const struct workflow_field_info *field, const char *text)
{
    switch (field->type) {
    case WORKFLOW_FIELD_INT:
    case WORKFLOW_FIELD_CENTS:
        return integer_of(text);
    case WORKFLOW_FIELD_BOOL:
        return strcmp(text, "true") == 0 ? json_true() : strcmp(text, "false") == 0 ? json_false() : NULL;
    case WORKFLOW_FIELD_DATE:
        return day_of(text);
    default:
        return json_string(text);
    }
}

static void violate_value(const struct call *call, const struct workflow_field_info *field, const char *pointer)
{
    static const char *const booleans[] = {"true", "false"};
    if (field->type == WORKFLOW_FIELD_BOOL)
        error_violate_options(call->err, pointer, booleans, 2);
    else if (field->type == WORKFLOW_FIELD_DATE)
        error_violate_like(call->err, pointer, "2026-11-22");
    else
        error_violate(call->err, pointer, BAD_FORMAT, text(call->language, TEXT_FORMAT_INTEGER));
}

/* "attribute[code]" or "attribute[code][]"; NULL when the name is no such one, all of it where it only begins so. */
static const char *attribute_code(const struct call *call, const char *name)
{
    static const char prefix[] = "attribute[";
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return NULL;
    const char *code = name + sizeof prefix - 1, *end = strchr(code, ']');
    return end && (end[1] == '\0' || strcmp(end + 1, "[]") == 0)
               ? arena_strndup(call->arena, code, (size_t)(end - code))
               : name;
}

static void attribute_add(const struct call *call, const struct workflow *wf, const char *code, const char *value,
                          json_t *data)
{
    const char *pointer = json_pointer(call->arena, "/data", code);
    unsigned number;
    if (!workflow_field_find(wf, code, &number)) {
        error_violate(call->err, pointer, UNKNOWN_MEMBER, code);
        return;
    }
    const struct workflow_field_info *field = workflow_field(wf, number);
    const bool is_list = field->type == WORKFLOW_FIELD_LIST || field->type == WORKFLOW_FIELD_DOCS;
    json_t *made = value_of(field, value), *there = json_object_get(data, code);
    if (!made) {
        violate_value(call, field, pointer);
    } else if (is_list) {
        if (!there)
            json_object_set_new(data, code, there = json_array());
        json_array_append_new(there, made);
    } else if (there) {
        error_violate(call->err, pointer, REPEATED, code);
        json_decref(made);
    } else {
        json_object_set_new(data, code, made);
    }
}

static void release_json(void *json)
{
    json_decref(json);
}

static const json_t *data_of(const struct call *call, const struct directory_service *service,
                             const struct open311_form *form)
{
    json_t *data = json_object();
    arena_attach(call->arena, release_json, data);
    for (size_t i = 0; i < form->count; i++) {
        const char *code = attribute_code(call, form->fields[i].name);
        if (code && form->fields[i].value[0])
            attribute_add(call, service->workflow->workflow, code, form->fields[i].value, data);
    }
    return data;
}

/* ---- filing ---- */

/* Judged, and then forgotten: people are known where they reported. */
static void check_people(const struct call *call, const struct open311_form *form)
{
    static const char *const names[] = {"email", "device_id", "account_id", "first_name", "last_name", "phone"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)text_of(call, form, names[i], PERSON_MAX);
}

bool open311_file(const struct call *call, const struct directory_open311 *endpoint, const struct open311_form *form,
                  const char **ret_ref)
{
    const char *code = text_of(call, form, "service_code", PERSON_MAX);
    if (!code && !error_violate(call->err, "service_code", REQUIRED))
        return false;
    const struct directory_service *service = open311_service(call, endpoint, code);
    if (!service)
        return false;
    struct open311_report report = report_of(call, form);
    const char *description = text_of(call, form, "description", DESCRIPTION_MAX);
    const char *media = media_of(call, form, &report);
    check_people(call, form);
    const struct request_draft draft = {
        .service = service->code,
        .body = endpoint->body->code,
        .title = title_of(call, service, description),
        .description = arena_printf(call->arena, "%s%s", description ? description : "", media),
        .data = data_of(call, service, form),
        .channel = "api",
        .submit = true,
        .report = &report,
    };
    struct reply reply;
    if (!request_file(call, &draft, &reply))
        return false;
    *ret_ref = strrchr(reply.location, '/') + 1;
    return true;
}
