#include "handlers/directory_handlers.h"

#include <string.h>

#include "handlers/answer.h"

/* ---- bodies ---- */

/* Statutory names: the same in every language. NULL outside Catalonia. */
static const char *province_name(const char *code)
{
    static const struct {
        const char *code, *name;
    } provinces[] = {{"08", "Barcelona"}, {"17", "Girona"}, {"25", "Lleida"}, {"43", "Tarragona"}};
    for (size_t i = 0; i < sizeof provinces / sizeof *provinces; i++)
        if (strcmp(provinces[i].code, code) == 0)
            return provinces[i].name;
    return NULL;
}

static void body_write(struct json_out *out, const struct directory_body *body)
{
    json_out_object_begin(out);
    json_out_member_text(out, "code", body->code);
    json_out_member_text(out, "name", body->name);
    json_out_member_text(out, "kind", body->kind);
    json_out_member_text(out, "ine5", body->ine5);
    json_out_member_text(out, "comarca", body->comarca->code);
    json_out_member_text(out, "comarca_name", body->comarca->name);
    json_out_member_text(out, "province", body->province_code);
    json_out_member_text(out, "province_name", province_name(body->province_code));
    json_out_member_number(out, "population", body->population);
    json_out_object_end(out);
}

struct body_filter {
    struct search search;
    struct word_set comarques, kinds, provinces;
};

static void body_filter_read(const struct context *ctx, struct body_filter *ret, struct error *err)
{
    ret->search = query_search(ctx, err);
    ret->comarques = query_words(ctx, "comarca", 200, is_comarca_code, "11,13", err);
    ret->kinds = query_words(ctx, "kind", 1000, is_word, "municipality,emd", err);
    ret->provinces = query_words(ctx, "province", 40, is_comarca_code, "08,17", err);
}

static bool body_matches(const struct body_filter *filter, const struct directory_body *body)
{
    return body->active && word_set_has(&filter->comarques, body->comarca->code) &&
           word_set_has(&filter->kinds, body->kind) && word_set_has(&filter->provinces, body->province_code) &&
           search_find(&filter->search, body->folded);
}

bool handle_body_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    struct body_filter filter;
    struct page page = page_read(ctx, "bodies", err);
    body_filter_read(ctx, &filter, err);
    if (dir == NULL || error_is_set(err))
        return false;
    const struct directory_body **found = arena_alloc(ctx->arena, (dir->n_bodies + 1) * sizeof *found);
    int64_t *ids = arena_alloc(ctx->arena, (dir->n_bodies + 1) * sizeof *ids);
    size_t n = 0;
    for (size_t i = 0; i < dir->n_bodies; i++) {
        if (body_matches(&filter, dir->bodies_by_name[i])) {
            found[n] = dir->bodies_by_name[i];
            ids[n++] = dir->bodies_by_name[i]->id;
        }
    }
    page_cut(ctx, &page, ids, n);
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_WEAK)))
        return true;
    struct json_out out = page_begin(ctx);
    for (size_t i = page.first; i < page.end; i++)
        body_write(&out, found[i]);
    return page_respond(ctx, &out, &page);
}

bool handle_body_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    const struct directory_body *body = directory_body_find(dir, ctx->params[0]);
    if (body == NULL)
        return error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_BODY, ctx->params[0]);
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_STRONG)))
        return true;
    struct json_out out = json_out_new(ctx->arena, 512);
    body_write(&out, body);
    return http_respond_json(ctx, 200, &out);
}

/* ---- comarques, units ---- */

bool handle_comarca_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_WEAK)))
        return true;
    struct json_out out = page_begin(ctx);
    for (size_t i = 0; i < dir->n_comarques; i++) {
        const struct directory_comarca *comarca = &dir->comarques[i];
        json_out_object_begin(&out);
        json_out_member_text(&out, "code", comarca->code);
        json_out_member_text(&out, "name", comarca->name);
        json_out_member_number(&out, "municipalities", comarca->municipalities);
        json_out_member_number(&out, "population", comarca->population);
        json_out_object_end(&out);
    }
    return page_respond(ctx, &out, NULL);
}

bool handle_unit_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    if (dir == NULL)
        return false;
    if (answer_not_modified(ctx, answer_directory_etag(ctx, dir, ETAG_WEAK)))
        return true;
    struct json_out out = page_begin(ctx);
    for (size_t i = 0; i < dir->n_units; i++) {
        json_out_object_begin(&out);
        json_out_member_text(&out, "code", dir->units[i].code);
        json_out_member_text(&out, "name", dir->units[i].name.in[ctx->language]);
        json_out_object_end(&out);
    }
    return page_respond(ctx, &out, NULL);
}

/* ---- agents ---- */

static void agent_write(struct json_out *out, const struct directory_agent *agent, int64_t load, int64_t now)
{
    json_out_object_begin(out);
    json_out_member_text(out, "login", agent->login);
    json_out_member_text(out, "name", agent->name);
    json_out_member_text(out, "unit", agent->unit->code);
    json_out_name(out, "comarques");
    json_out_array_begin(out);
    for (size_t i = 0; i < agent->n_comarques; i++)
        json_out_text(out, agent->comarques[i]->code);
    json_out_array_end(out);
    json_out_name(out, "bodies");
    json_out_array_begin(out);
    for (size_t i = 0; i < agent->n_bodies; i++)
        json_out_text(out, agent->bodies[i]->code);
    json_out_array_end(out);
    json_out_member_number(out, "capacity", agent->capacity);
    json_out_member_number(out, "open_requests", load);
    json_out_member_bool(out, "absent", directory_agent_absent(agent, now));
    json_out_object_end(out);
}

struct agent_filter {
    struct word_set comarques, bodies, units;
};

static void agent_filter_read(const struct context *ctx, struct agent_filter *ret, struct error *err)
{
    ret->comarques = query_words(ctx, "comarca", 200, is_comarca_code, "11,13", err);
    ret->bodies = query_words(ctx, "body", 2200, is_body_code, "0800180001,0800230008", err);
    ret->units = query_words(ctx, "unit", 1000, is_word, "gov,dig", err);
}

static bool has_comarca(const struct agent_filter *filter, const struct directory_agent *agent)
{
    for (size_t i = 0; i < agent->n_comarques; i++)
        if (word_set_has(&filter->comarques, agent->comarques[i]->code))
            return true;
    return filter->comarques.n == 0;
}

static bool covers_any(const struct agent_filter *filter, const struct directory *dir,
                       const struct directory_agent *agent)
{
    for (size_t i = 0; i < filter->bodies.n; i++) {
        const struct directory_body *body = directory_body_find(dir, filter->bodies.items[i]);
        if (body != NULL && directory_agent_covers(agent, body) != DIRECTORY_COVER_NONE)
            return true;
    }
    return filter->bodies.n == 0;
}

/* An answer that holds loads is validated by its bytes: they move with every filing, not with the directory. */
static bool respond_by_bytes(struct context *ctx, struct json_out *out, enum etag_strength strength)
{
    size_t length;
    const char *bytes = json_out_finish(out, &length);
    if (answer_not_modified(ctx, answer_bytes_etag(ctx, bytes, length, strength)))
        return true;
    return http_respond_bytes(ctx, 200, "application/json", bytes, length);
}

bool handle_agent_list(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    struct agent_filter filter;
    struct page page = page_read(ctx, "agents", err);
    const int64_t *loads;
    agent_filter_read(ctx, &filter, err);
    if (dir == NULL || error_is_set(err) ||
        !directory_agent_loads(dir, ctx->store, &ctx->actor, ctx->arena, &loads, err))
        return false;
    size_t *places = arena_alloc(ctx->arena, (dir->n_agents + 1) * sizeof *places), n = 0;
    int64_t *ids = arena_alloc(ctx->arena, (dir->n_agents + 1) * sizeof *ids);
    for (size_t i = 0; i < dir->n_agents; i++) {
        const struct directory_agent *agent = &dir->agents[i];
        if (agent->active && word_set_has(&filter.units, agent->unit->code) && has_comarca(&filter, agent) &&
            covers_any(&filter, dir, agent)) {
            places[n] = i;
            ids[n++] = agent->id;
        }
    }
    page_cut(ctx, &page, ids, n);
    struct json_out out = page_begin(ctx);
    for (size_t i = page.first; i < page.end; i++)
        agent_write(&out, &dir->agents[places[i]], loads[places[i]], ctx->now);
    page_end(ctx, &out, &page);
    return respond_by_bytes(ctx, &out, ETAG_WEAK);
}

bool handle_agent_read(struct context *ctx, struct error *err)
{
    const struct directory *dir = answer_directory(ctx, err);
    const int64_t *loads;
    if (dir == NULL)
        return false;
    const struct directory_agent *agent = directory_agent_find(dir, ctx->params[0]);
    if (agent == NULL || !agent->active)
        return error_set(err, ERROR_NOT_FOUND, TEXT_DIRECTORY_NO_AGENT, ctx->params[0]);
    if (!directory_agent_loads(dir, ctx->store, &ctx->actor, ctx->arena, &loads, err))
        return false;
    struct json_out out = json_out_new(ctx->arena, 1024);
    agent_write(&out, agent, loads[agent - dir->agents], ctx->now);
    return respond_by_bytes(ctx, &out, ETAG_STRONG);
}
