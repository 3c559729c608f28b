#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/query.h"

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };
static const char *const method_names[METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

#define SEGMENTS_MAX 16

struct node {
    char *literal; /* NULL: a parameter */
    size_t literal_length;
    char *verb; /* of a parameter: what its segment ends with, as ":ping" of "{id}:ping"; NULL: nothing */
    size_t verb_length;
    bool has_suffix;       /* what follows the last dot of the segment is a parameter of its own */
    struct node *children; /* literals first, the parameter last, with a verb or a suffix before without: what is
                              written out wins */
    struct node *sibling;
    const struct route *routes[METHOD_COUNT];
    bool has_routes;
    char *allow;
};

struct router {
    const struct route *routes;
    struct node root;
};

static enum method method_find(const char *name)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (strcmp(method_names[i], name) == 0)
            return (enum method)i;
    return METHOD_COUNT;
}

/* A segment of a route's path. */
struct pattern {
    const char *literal, *verb; /* into the path */
    size_t literal_length, verb_length;
    bool has_suffix;
};

static char *copy(const char *text, size_t length)
{
    char *made = text ? strndup(text, length) : NULL;
    if (text && !made)
        abort();
    return made;
}

static int rank(const struct node *node)
{
    return node->literal ? 0 : node->verb ? 1 : node->has_suffix ? 2 : 3;
}

static struct node *node_new(struct node *parent, const struct pattern *pattern)
{
    struct node *node = calloc(1, sizeof *node), **place = &parent->children;
    if (!node)
        abort();
    node->literal = copy(pattern->literal, pattern->literal_length);
    node->literal_length = pattern->literal_length;
    node->verb = copy(pattern->verb, pattern->verb_length);
    node->verb_length = pattern->verb_length;
    node->has_suffix = pattern->has_suffix;
    while (*place && rank(*place) < rank(node))
        place = &(*place)->sibling;
    node->sibling = *place;
    *place = node;
    return node;
}

static bool same(const char *a, size_t a_length, const char *b, size_t b_length)
{
    return !a == !b && (!a || (a_length == b_length && memcmp(a, b, a_length) == 0));
}

static struct node *child_find(struct node *parent, const struct pattern *pattern)
{
    for (struct node *child = parent->children; child; child = child->sibling)
        if (child->has_suffix == pattern->has_suffix &&
            same(child->literal, child->literal_length, pattern->literal, pattern->literal_length) &&
            same(child->verb, child->verb_length, pattern->verb, pattern->verb_length))
            return child;
    return NULL;
}

static bool complain(char *complaint, size_t size, const struct route *route, const char *why)
{
    (void)snprintf(complaint, size, "route %s %s: %s", route->method, route->path, why);
    return false;
}

static bool is_parameter(const char *at, size_t length)
{
    return length > 2 && at[0] == '{' && at[length - 1] == '}' && !memchr(at, '.', length);
}

/* What stands before the last dot of a segment like "requests.{format}", or all of it. */
static size_t head_length(const char *at, size_t length)
{
    const char *dot = memrchr(at, '.', length);
    bool has_suffix = dot && dot > at && is_parameter(dot + 1, length - (size_t)(dot + 1 - at));
    return has_suffix ? (size_t)(dot - at) : length;
}

/* "requests", "{id}", "{id}:ping", "{id}.{format}", "requests.{format}" */
static struct pattern pattern_of(const char *at, size_t length)
{
    const size_t head = head_length(at, length);
    const char *colon = memchr(at, ':', head);
    const size_t named = colon && colon + 1 < at + head ? (size_t)(colon - at) : head;
    struct pattern pattern = {.has_suffix = head < length};
    if (!is_parameter(at, named)) {
        pattern.literal = at;
        pattern.literal_length = head;
    } else if (named < head) {
        pattern.verb = colon;
        pattern.verb_length = head - named;
    }
    return pattern;
}

static bool route_add(struct router *router, const struct route *route, char *complaint, size_t complaint_size)
{
    struct node *node = &router->root;
    enum method method = method_find(route->method);
    size_t n_params = 0, n_segments = 0;
    const char *at = route->path;
    if (method == METHOD_COUNT)
        return complain(complaint, complaint_size, route, "unknown method");
    while (*at == '/') {
        size_t length = strcspn(++at, "/");
        const struct pattern pattern = pattern_of(at, length);
        n_params += (size_t)!pattern.literal + pattern.has_suffix;
        if (length == 0 || n_params > HTTP_PATH_PARAMS_MAX || ++n_segments > SEGMENTS_MAX)
            return complain(complaint, complaint_size, route, "malformed path");
        struct node *child = child_find(node, &pattern);
        node = child ? child : node_new(node, &pattern);
        at += length;
    }
    if (*at || node == &router->root)
        return complain(complaint, complaint_size, route, "malformed path");
    if (node->routes[method])
        return complain(complaint, complaint_size, route, "is there twice");
    node->routes[method] = route;
    node->has_routes = true;
    return true;
}

static void allow_compose(struct node *node)
{
    char allow[64];
    size_t length = 0;
    allow[0] = '\0';
    for (int i = 0; i < METHOD_COUNT; i++)
        if (node->routes[i])
            length += (size_t)snprintf(allow + length, sizeof allow - length, "%s%s, ", method_names[i],
                                       i == METHOD_GET ? ", HEAD" : "");
    (void)snprintf(allow + length, sizeof allow - length, "OPTIONS");
    node->allow = strdup(allow);
    if (!node->allow)
        abort();
}

static void allow_compose_all(struct node *node)
{
    if (node->has_routes)
        allow_compose(node);
    for (struct node *child = node->children; child; child = child->sibling)
        allow_compose_all(child);
}

static void children_free(struct node *node)
{
    for (struct node *child = node->children, *next; child; child = next) {
        next = child->sibling;
        children_free(child);
        free(child->literal);
        free(child->verb);
        free(child->allow);
        free(child);
    }
}

void router_free(struct router *router)
{
    if (!router)
        return;
    children_free(&router->root);
    free(router);
}

struct router *router_new(const struct route *routes, size_t n_routes, char *complaint, size_t complaint_size)
{
    struct router *router = calloc(1, sizeof *router);
    if (!router)
        abort();
    router->routes = routes;
    for (size_t i = 0; i < n_routes; i++)
        if (!route_add(router, &routes[i], complaint, complaint_size)) {
            router_free(router);
            return NULL;
        }
    allow_compose_all(&router->root);
    return router;
}

struct segment {
    const char *text; /* decoded */
    size_t length;
};

/* Splits and decodes; only a segment with an escape is copied. -1: bad path. */
static int split(const char *path, size_t length, struct arena *arena, struct segment segments[SEGMENTS_MAX])
{
    const char *at = path, *end = path + length;
    int count = 0;
    while (at < end) {
        const char *start = ++at;
        bool escaped = false;
        for (; at < end && *at != '/'; at++) {
            unsigned char byte = (unsigned char)*at;
            escaped = escaped || byte == '%' || byte >= 0x80 || byte <= 0x20 || byte == 0x7F;
        }
        if (count == SEGMENTS_MAX)
            return SEGMENTS_MAX + 1; /* longer than any route: unknown, not bad */
        struct segment *segment = &segments[count++];
        *segment = (struct segment){start, (size_t)(at - start)};
        if (escaped) {
            segment->text = uri_decode(arena, start, segment->length, URI_PATH_SEGMENT);
            if (!segment->text)
                return -1;
            segment->length = strlen(segment->text);
        }
    }
    return count;
}

struct search {
    const struct segment *segments;
    int count;
    struct segment params[HTTP_PATH_PARAMS_MAX];
    size_t n_params;
};

static bool can_be_value(const struct segment *segment)
{
    return segment->length > 0 &&
           !(segment->text[0] == '.' && (segment->length == 1 || (segment->length == 2 && segment->text[1] == '.')));
}

/* Whether the segment is what the node asks for; the parameters in it are added to the search. */
static bool takes(const struct node *node, const struct segment *segment, struct search *search)
{
    struct segment head = *segment, suffix = {0};
    if (node->has_suffix) {
        const char *dot = memrchr(segment->text, '.', segment->length);
        if (!dot)
            return false;
        head.length = (size_t)(dot - segment->text);
        suffix = (struct segment){dot + 1, segment->length - head.length - 1};
    }
    if (node->verb) {
        if (head.length <= node->verb_length ||
            memcmp(head.text + head.length - node->verb_length, node->verb, node->verb_length) != 0)
            return false;
        head.length -= node->verb_length;
    }
    if (node->literal ? node->literal_length != head.length || memcmp(node->literal, head.text, head.length) != 0
                      : !can_be_value(&head))
        return false;
    if (node->has_suffix && suffix.length == 0)
        return false;
    if (!node->literal)
        search->params[search->n_params++] = head;
    if (node->has_suffix)
        search->params[search->n_params++] = suffix;
    return true;
}

/* Depth first, literals before the parameter; as deep as the longest route. */
static const struct node *descend(const struct node *node, struct search *search, int at)
{
    if (at == search->count)
        return node->has_routes ? node : NULL;
    for (const struct node *child = node->children; child; child = child->sibling) {
        size_t n_params = search->n_params;
        if (!takes(child, &search->segments[at], search))
            continue;
        const struct node *found = descend(child, search, at + 1);
        if (found)
            return found;
        search->n_params = n_params;
    }
    return NULL;
}

enum router_outcome router_match(const struct router *router, const char *method, const char *path, size_t length,
                                 struct arena *arena, struct router_match *ret)
{
    struct segment segments[SEGMENTS_MAX];
    memset(ret, 0, sizeof *ret);
    if (length == 0 || path[0] != '/')
        return ROUTER_BAD_PATH;
    int count = split(path, length, arena, segments);
    if (count < 0)
        return ROUTER_BAD_PATH;
    struct search search = {.segments = segments, .count = count};
    const struct node *node = count <= SEGMENTS_MAX ? descend(&router->root, &search, 0) : NULL;
    if (!node)
        return ROUTER_UNKNOWN_PATH;
    ret->allow = node->allow;
    ret->has_patch = node->routes[METHOD_PATCH] != NULL;
    enum method wanted = strcmp(method, "HEAD") == 0 ? METHOD_GET : method_find(method);
    if (wanted == METHOD_COUNT || !node->routes[wanted])
        return ROUTER_OTHER_METHODS;
    ret->route = node->routes[wanted];
    ret->index = (size_t)(ret->route - router->routes);
    for (size_t i = 0; i < search.n_params; i++)
        ret->params[i] = arena_strndup(arena, search.params[i].text, search.params[i].length);
    return ROUTER_FOUND;
}
