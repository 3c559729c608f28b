/* The catalogue: areas, definitions, services. */
#include "service/directory_load.h"

#include <stdlib.h>
#include <string.h>

#include "service/search.h"
#include "workflow/definition.h"

static bool load_areas(struct load *load)
{
    size_t n;
    struct directory_area *rows = table_begin(load, LOAD_AREAS, sizeof *rows, &n);
    for (load->row = 0; load->row < n; load->row++)
        rows[load->row] = (struct directory_area){.code = cell_text(load, 0), .name = cell_languages(load, 1)};
    load->dir->areas = rows;
    load->dir->n_areas = n;
    return true;
}

static const struct directory_area *area_find(const struct directory *dir, const char *code)
{
    for (size_t i = 0; i < dir->n_areas; i++)
        if (strcmp(dir->areas[i].code, code) == 0)
            return &dir->areas[i];
    return NULL;
}

static void workflow_release(void *workflow)
{
    workflow_free(workflow);
}

/* The engine that reads a definition may be older than the one that stored it: then it says what it does not know. */
static struct workflow *definition_parse(struct load *load, const char *key, int version)
{
    struct workflow_fault fault = {.message = ""};
    const char *document = cell_peek(load, 4);
    struct workflow *workflow = workflow_parse(document, strlen(document), &fault, 1, NULL);
    if (workflow != NULL) {
        arena_attach(load->arena, workflow_release, workflow);
        return workflow;
    }
    error_set(load->err, ERROR_INTERNAL, TEXT_DIRECTORY_DEFINITION, arena_printf(load->arena, "%s/%d", key, version),
              arena_printf(load->arena, "%u:%u", fault.line, fault.column), fault.pointer, fault.message);
    return NULL;
}

/* 32 bytes in hex, as the query makes them. */
static void hash_read(char ret[65], const char *hex)
{
    size_t length = strlen(hex);
    memcpy(ret, hex, length < 64 ? length : 64);
}

static bool load_workflows(struct load *load)
{
    size_t n;
    struct directory_workflow *rows = table_begin(load, LOAD_WORKFLOWS, sizeof *rows, &n);
    load->snapshot->index.workflows = id_index_new(load->arena, n);
    for (load->row = 0; load->row < n; load->row++) {
        struct directory_workflow *row = &rows[load->row];
        row->id = cell_number(load, 0);
        row->key = cell_text(load, 1);
        row->version = (int)cell_number(load, 2);
        hash_read(row->hash, cell_peek(load, 3));
        row->latest = cell_bool(load, 5);
        row->workflow = definition_parse(load, row->key, row->version);
        if (row->workflow == NULL)
            return false;
        id_index_add(&load->snapshot->index.workflows, row->id, load->row);
    }
    load->dir->workflows = rows;
    load->dir->n_workflows = n;
    return true;
}

/* "11,16": what array_to_string makes of the goals. */
static void goals_read(struct directory_service *service, const char *goals)
{
    const size_t room = sizeof service->sdg / sizeof *service->sdg;
    for (const char *at = goals; at != NULL && *at != '\0' && service->n_sdg < room;) {
        char *end = NULL;
        service->sdg[service->n_sdg++] = (int)strtol(at, &end, 10);
        at = *end == ',' ? end + 1 : NULL;
    }
}

static const char *service_fold(struct load *load, const struct directory_service *service)
{
    const struct directory_text *name = &service->name, *about = &service->description;
    return search_fold(load->arena, arena_printf(load->arena, "%s\n%s\n%s\n%s\n%s\n%s\n%s", service->code,
                                                 name->in[TEXT_CA], name->in[TEXT_ES], name->in[TEXT_EN],
                                                 about->in[TEXT_CA], about->in[TEXT_ES], about->in[TEXT_EN]));
}

static struct directory_service service_read(struct load *load)
{
    struct directory_service service = {
        .id = cell_number(load, 0),
        .code = cell_text(load, 1),
        .area = area_find(load->dir, cell_peek(load, 2)),
        .unit = directory_unit_by_id(load->dir, cell_number(load, 3)),
        .name = cell_languages(load, 4),
        .description = cell_languages(load, 7),
        .support_type = cell_text(load, 10),
        .resource_class = cell_text(load, 11),
        .application = cell_text(load, 12),
        .award_procedure = cell_text(load, 13),
        .requires_application = cell_bool(load, 14),
        .joint_request = cell_bool(load, 15),
        .active = cell_bool(load, 16),
        .max_population = cell_number(load, 17),
        .effort_hours = cell_number(load, 20),
        .workflow = directory_workflow_latest(load->dir, cell_peek(load, 19)),
    };
    goals_read(&service, cell_peek(load, 18));
    service.folded = service_fold(load, &service);
    return service;
}

static bool load_services(struct load *load)
{
    size_t n;
    struct directory_service *rows = table_begin(load, LOAD_SERVICES, sizeof *rows, &n);
    load->snapshot->index.services = id_index_new(load->arena, n);
    for (load->row = 0; load->row < n; load->row++) {
        struct directory_service *row = &rows[load->row];
        *row = service_read(load);
        if (row->area == NULL || row->unit == NULL)
            return load_inconsistent(load, row->area == NULL ? "service.area_code" : "service.unit_id", row->code);
        if (row->workflow == NULL)
            return load_inconsistent(load, "service.workflow_key", row->code);
        id_index_add(&load->snapshot->index.services, row->id, load->row);
    }
    load->dir->services = rows;
    load->dir->n_services = n;
    return true;
}

bool load_catalogue(struct load *load)
{
    return load_areas(load) && load_workflows(load) && load_services(load);
}
