/* Who publishes what through Open311. */
#include "service/directory_load.h"

#include <string.h>

enum {
    OPEN311_BODY_ID,
    OPEN311_CONTACT,
    OPEN311_PUBLISHES_TEXTS,
    OPEN311_CHANGED_BY,
    OPEN311_CHANGED_AT,
    OPEN311_SERVICES,
    OPEN311_KEY_HOLDERS
};

/* "GOV-01,OAM-GEN": as many services as there are commas, and one. */
static bool load_services(struct load *load, struct directory_open311 *endpoint)
{
    const char *text = cell_peek(load, OPEN311_SERVICES);
    size_t room = 1;
    for (const char *at = text; at && *at; at++)
        room += *at == ',';
    endpoint->services = arena_alloc(load->arena, room * sizeof *endpoint->services);
    while (text && *text) {
        const size_t length = strcspn(text, ",");
        const char *code = arena_strndup(load->arena, text, length);
        const struct directory_service *service = directory_service_find(load->dir, code);
        if (!service)
            return load_inconsistent(load, "open311_service.service_id", code);
        endpoint->services[endpoint->n_services++] = service;
        text += length + (text[length] == ',');
    }
    return true;
}

bool load_open311(struct load *load)
{
    size_t n;
    struct directory_open311 *rows = table_begin(load, LOAD_OPEN311, sizeof *rows, &n);
    for (load->row = 0; load->row < n; load->row++) {
        struct directory_open311 *row = &rows[load->row];
        *row = (struct directory_open311){
            .body = directory_body_by_id(load->dir, cell_number(load, OPEN311_BODY_ID)),
            .contact = cell_text(load, OPEN311_CONTACT),
            .publishes_texts = cell_bool(load, OPEN311_PUBLISHES_TEXTS),
            .changed_by = cell_text(load, OPEN311_CHANGED_BY),
            .changed_at = cell_number(load, OPEN311_CHANGED_AT),
            .key_holders = cell_text(load, OPEN311_KEY_HOLDERS),
        };
        if (!row->body)
            return load_inconsistent(load, "open311_endpoint.body_id", NULL);
        if (!load_services(load, row))
            return false;
    }
    load->dir->open311 = rows;
    load->dir->n_open311 = n;
    return true;
}
