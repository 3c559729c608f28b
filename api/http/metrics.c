/* Counters by thread slot, summed when somebody reads them: the hot path shares no cache line between threads. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define SLOTS   16
#define CLASSES 5
static const int64_t bounds_us[] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000};
static const char *const bound_texts[] = {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
                                          "0.05",   "0.1",   "0.25",   "1",     "5"};
#define BOUNDS (sizeof bounds_us / sizeof bounds_us[0])

struct route_counters {
    atomic_int_fast64_t by_class[CLASSES];
    atomic_int_fast64_t buckets[BOUNDS + 1];
    atomic_int_fast64_t total_us;
};

struct slot {
    _Alignas(64) atomic_int_fast64_t begun;
    atomic_int_fast64_t completed;
    atomic_int_fast64_t gauges[METRIC_GAUGES];
    struct route_counters *routes; /* n_routes + 1: the last is what no route matched */
};

struct metrics {
    size_t n_routes;
    struct slot slots[SLOTS];
};

struct metrics *metrics_new(size_t n_routes)
{
    struct metrics *metrics = aligned_alloc(64, (sizeof *metrics + 63) / 64 * 64);
    if (!metrics)
        abort();
    memset(metrics, 0, sizeof *metrics);
    metrics->n_routes = n_routes;
    for (size_t i = 0; i < SLOTS; i++) {
        metrics->slots[i].routes = calloc(n_routes + 1, sizeof(struct route_counters));
        if (!metrics->slots[i].routes)
            abort();
    }
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        free(metrics->slots[i].routes);
    free(metrics);
}

static struct slot *own_slot(struct metrics *metrics)
{
    static atomic_uint next;
    static _Thread_local unsigned own;
    if (own == 0)
        own = 1 + atomic_fetch_add(&next, 1) % SLOTS;
    return &metrics->slots[own - 1];
}

static void bump(atomic_int_fast64_t *counter, int64_t delta)
{
    (void)atomic_fetch_add_explicit(counter, delta, memory_order_relaxed);
}

static int64_t peek(const atomic_int_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_begun(struct metrics *metrics)
{
    bump(&own_slot(metrics)->begun, 1);
}

void metrics_completed(struct metrics *metrics)
{
    bump(&own_slot(metrics)->completed, 1);
}

int64_t metrics_in_flight(const struct metrics *metrics)
{
    int64_t begun = 0, completed = 0;
    for (size_t i = 0; i < SLOTS; i++)
        completed += peek(&metrics->slots[i].completed);
    for (size_t i = 0; i < SLOTS; i++)
        begun += peek(&metrics->slots[i].begun);
    return begun - completed;
}

int64_t metrics_all_begun(const struct metrics *metrics)
{
    int64_t begun = 0;
    for (size_t i = 0; i < SLOTS; i++)
        begun += peek(&metrics->slots[i].begun);
    return begun;
}

void metrics_add(struct metrics *metrics, enum metric_gauge gauge, int64_t delta)
{
    bump(&own_slot(metrics)->gauges[gauge], delta);
}

int64_t metrics_value(const struct metrics *metrics, enum metric_gauge gauge)
{
    int64_t sum = 0;
    for (size_t i = 0; i < SLOTS; i++)
        sum += peek(&metrics->slots[i].gauges[gauge]);
    return sum;
}

void metrics_answered(struct metrics *metrics, size_t route_index, int status, int64_t duration_us)
{
    struct route_counters *route = &own_slot(metrics)->routes[route_index];
    size_t bucket = 0;
    while (bucket < BOUNDS && duration_us > bounds_us[bucket])
        bucket++;
    bump(&route->by_class[status >= 100 && status < 600 ? status / 100 - 1 : 4], 1);
    bump(&route->buckets[bucket], 1);
    bump(&route->total_us, duration_us);
}

/* ---- Prometheus text ---- */

struct page {
    struct arena *arena;
    char *bytes;
    size_t length, capacity;
};

static void page_add(struct page *page, const char *line)
{
    size_t length = strlen(line);
    if (page->capacity - page->length <= length) {
        size_t capacity = page->capacity * 2 + length;
        char *bytes = arena_take(page->arena, capacity);
        memcpy(bytes, page->bytes, page->length);
        page->bytes = bytes;
        page->capacity = capacity;
    }
    memcpy(page->bytes + page->length, line, length + 1);
    page->length += length;
}

static void page_gauge(struct page *page, const char *name, const char *type, const char *help, int64_t value)
{
    page_add(page, arena_printf(page->arena, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, type, name,
                                (long long)value));
}

static int64_t sum_class(const struct metrics *metrics, size_t route, size_t class)
{
    int64_t sum = 0;
    for (size_t i = 0; i < SLOTS; i++)
        sum += peek(&metrics->slots[i].routes[route].by_class[class]);
    return sum;
}

static const char *labels_of(const struct http_server *server, size_t route, struct arena *arena)
{
    if (route == server->settings.n_routes)
        return "method=\"-\",route=\"-\"";
    const struct route *at = &server->settings.routes[route];
    return arena_printf(arena, "method=\"%s\",route=\"%s\"", at->method, at->path);
}

static void page_requests(struct page *page, const struct http_server *server)
{
    page_add(page, "# HELP oam_http_requests_total Requests answered.\n# TYPE oam_http_requests_total counter\n");
    for (size_t route = 0; route <= server->metrics->n_routes; route++)
        for (size_t class = 0; class < CLASSES; class ++) {
            int64_t count = sum_class(server->metrics, route, class);
            if (count > 0)
                page_add(page, arena_printf(page->arena, "oam_http_requests_total{%s,status=\"%zuxx\"} %lld\n",
                                            labels_of(server, route, page->arena), class + 1, (long long)count));
        }
}

static void page_histogram(struct page *page, const struct http_server *server, size_t route)
{
    const struct metrics *metrics = server->metrics;
    const char *labels = labels_of(server, route, page->arena);
    int64_t cumulative = 0, total_us = 0;
    for (size_t bucket = 0; bucket <= BOUNDS; bucket++) {
        for (size_t i = 0; i < SLOTS; i++)
            cumulative += peek(&metrics->slots[i].routes[route].buckets[bucket]);
        page_add(page, arena_printf(page->arena, "oam_http_request_duration_seconds_bucket{%s,le=\"%s\"} %lld\n",
                                    labels, bucket < BOUNDS ? bound_texts[bucket] : "+Inf", (long long)cumulative));
    }
    for (size_t i = 0; i < SLOTS; i++)
        total_us += peek(&metrics->slots[i].routes[route].total_us);
    page_add(page, arena_printf(page->arena,
                                "oam_http_request_duration_seconds_sum{%s} %lld.%06lld\n"
                                "oam_http_request_duration_seconds_count{%s} %lld\n",
                                labels, (long long)(total_us / 1000000), (long long)(total_us % 1000000), labels,
                                (long long)cumulative));
}

static int64_t count_of(const struct metrics *metrics, size_t route)
{
    int64_t count = 0;
    for (size_t class = 0; class < CLASSES; class ++)
        count += sum_class(metrics, route, class);
    return count;
}

char *metrics_text(const struct http_server *server, struct arena *arena)
{
    const struct metrics *metrics = server->metrics;
    struct page page = {.arena = arena, .bytes = arena_take(arena, 16384), .capacity = 16384};
    page_requests(&page, server);
    page_add(&page,
             "# HELP oam_http_request_duration_seconds Time from the first byte understood to the answer handed over.\n"
             "# TYPE oam_http_request_duration_seconds histogram\n");
    for (size_t route = 0; route <= metrics->n_routes; route++)
        if (count_of(metrics, route) > 0)
            page_histogram(&page, server, route);
    page_gauge(&page, "oam_http_in_flight", "gauge", "Requests being read, handled or answered.",
               metrics_in_flight(metrics));
    page_gauge(&page, "oam_http_queue_depth", "gauge", "Requests waiting for a database thread.",
               (int64_t)work_queue_length(server));
    page_gauge(&page, "oam_http_database_threads", "gauge", "Database threads.", server->n_db_threads);
    page_gauge(&page, "oam_http_database_threads_busy", "gauge", "Database threads at work.",
               metrics_value(metrics, METRIC_BUSY));
    page_gauge(&page, "oam_http_parked", "gauge", "Long-polls waiting.", metrics_value(metrics, METRIC_PARKED));
    page_gauge(&page, "oam_http_streams", "gauge", "Event streams open.", metrics_value(metrics, METRIC_STREAMS));
    page_gauge(&page, "oam_http_shed_total", "counter",
               "Requests refused because the queue was full or time had run out.", metrics_value(metrics, METRIC_SHED));
    page_gauge(&page, "oam_http_handed_over_total", "counter",
               "Requests handed to a database thread; the others were answered from memory.",
               metrics_value(metrics, METRIC_HANDED_OVER));
    page_gauge(&page, "oam_http_waits_refused_total", "counter",
               "Long-polls answered at once since their caller held too many.",
               metrics_value(metrics, METRIC_UNWAITED));
    page_gauge(&page, "oam_http_shared_reads_total", "counter",
               "Reads that travelled to PostgreSQL with those of other requests, in one round trip.",
               metrics_value(metrics, METRIC_SHARED));
    return page.bytes;
}
