/* liboam at the feed: what it does with pages that are empty, with a cursor that must survive, and for who reads
 * slowly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "client_internal.h"
#include "test_client_server.h"

#define ONE    "OAM-2026-000001"
#define OTHER  "OAM-2026-000002"
#define ROUNDS 40

/* ---- what reaches the disk, as liboam asks for it ---- */

static char disk[64]; /* f: a file is synced, d: a directory, r: a rename */

static void note(char what)
{
    size_t length = strlen(disk);
    if (length + 1 < sizeof disk)
        disk[length] = what;
}

/* In libc's place, for all of this program. */
int fsync(int descriptor);
int fsync(int descriptor)
{
    struct stat about;
    note(fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode) ? 'd' : 'f');
    return (int)syscall(SYS_fsync, descriptor);
}

int rename(const char *from, const char *to)
{
    note('r');
    return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

/* ---- a server ---- */

struct feed {
    const char *pages[8]; /* of the feed, in turn */
    char first_line[8][160];
    atomic_int n_pages, n_queries;
    int rounds; /* of events without end; 0: the pages */
    char answer[1024];
};

static const char *whole(struct feed *feed, const char *body)
{
    snprintf(feed->answer, sizeof feed->answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
    return feed->answer;
}

static const char *statuses(struct feed *feed, const char *request)
{
    char body[256];
    int version = atomic_fetch_add(&feed->n_queries, 1) + 1;
    snprintf(body, sizeof body, "{\"items\":[{\"ref\":\"" ONE "\",\"version\":%d}],\"missing\":[%s]}", version,
             strstr(request, OTHER) ? "\"" OTHER "\"" : "");
    return whole(feed, body);
}

static const char *from_feed(void *place, const char *request)
{
    struct feed *feed = place;
    char body[256];
    if (strstr(request, "status:query"))
        return statuses(feed, request);
    if (strstr(request, "after=latest"))
        return whole(feed, "{\"items\":[],\"next\":\"1000\",\"prev\":null}");
    int turn = atomic_fetch_add(&feed->n_pages, 1);
    if (feed->rounds == 0) {
        snprintf(feed->first_line[turn], sizeof feed->first_line[turn], "%.*s", (int)strcspn(request, "\r"), request);
        return whole(feed, feed->pages[turn]);
    }
    if (turn >= feed->rounds)
        return "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    snprintf(body, sizeof body,
             "{\"items\":[{\"id\":\"%d\",\"type\":\"t\",\"subject\":\"" ONE
             "\",\"time\":\"x\"}],\"next\":\"%d\",\"prev\":null}",
             1001 + turn, 1001 + turn);
    return whole(feed, body);
}

static struct oam_client *start(struct scripted_server *server, struct feed *feed)
{
    struct oam_client_options options;
    struct oam_client *client = NULL;
    struct oam_error err;
    assert_true(scripted_start(server, from_feed, feed));
    oam_client_options_init(&options);
    options.url = server->url;
    options.retries = 0;
    assert_int_equal(oam_client_new(&options, &client, &err), OAM_OK);
    return client;
}

#define NOTHING(next) "{\"items\":[],\"next\":\"" next "\",\"prev\":null}"
#define EVENT(id, next)                                                                                                \
    "{\"items\":[{\"id\":\"" id "\",\"type\":\"t\",\"subject\":\"s\",\"time\":\"x\"}],\"next\":\"" next                \
    "\",\"prev\":null}"

static void test_events__go_on_at_once_behind_what_was_not_for_them(void **state)
{
    struct feed feed = {
        .pages = {NOTHING("2000"), NOTHING("4000"), EVENT("4321", "6000"), NOTHING("7000"), NOTHING("7000")}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &feed);
    const struct oam_events_options options = {.filter = "event.version > 9"};
    struct oam_events *events = NULL;
    struct oam_event event;
    struct oam_error err;
    (void)state;
    assert_int_equal(oam_events_new(client, &options, &events, &err), OAM_OK);
    assert_int_equal(oam_events_next(events, &event, &err), OAM_OK);
    assert_string_equal(event.id, "4321");
    assert_int_equal(atomic_load(&feed.n_pages), 3);
    assert_int_equal(oam_events_next(events, &event, &err), OAM_DONE);
    assert_int_equal(atomic_load(&feed.n_pages), 5);
    assert_string_equal(oam_events_position(events), "7000");
    assert_non_null(strstr(feed.first_line[1], "after=2000"));
    assert_non_null(strstr(feed.first_line[3], "after=6000"));
    oam_events_free(events);
    oam_client_free(client);
    scripted_stop(&server);
}

static void test_commit__puts_the_new_name_on_the_disk_too(void **state)
{
    struct feed feed = {.pages = {EVENT("7", "7")}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &feed);
    char folder[] = "/tmp/oam-feed-XXXXXX", path[64];
    struct oam_events *events = NULL;
    struct oam_event event;
    struct oam_error err;
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/cursor", folder);
    const struct oam_events_options options = {.cursor_file = path};
    assert_int_equal(oam_events_new(client, &options, &events, &err), OAM_OK);
    assert_int_equal(oam_events_next(events, &event, &err), OAM_OK);
    memset(disk, 0, sizeof disk);
    assert_int_equal(oam_events_commit(events, &err), OAM_OK);
    assert_string_equal(disk, "frd");
    assert_int_equal(oam_events_commit(events, &err), OAM_OK);
    assert_string_equal(disk, "frd"); /* nothing new to say */
    oam_events_free(events);
    oam_client_free(client);
    scripted_stop(&server);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_poller__keeps_the_newest_change_of_each_for_who_is_slow(void **state)
{
    struct feed feed = {.rounds = ROUNDS};
    struct scripted_server server;
    struct oam_client *client = start(&server, &feed);
    const char *const refs[] = {OTHER, ONE, ONE};
    const struct timespec moment = {0, 1000000};
    struct oam_poller *poller = NULL;
    struct oam_change change;
    struct oam_error err;
    char newest[64];
    (void)state;
    assert_int_equal(oam_poller_new(client, refs, 3, &poller, &err), OAM_OK);
    /* Its last page is refused when everything before it has been told. */
    while (atomic_load(&feed.n_pages) <= ROUNDS)
        nanosleep(&moment, NULL);
    assert_int_equal(atomic_load(&feed.n_queries), ROUNDS + 1);
    snprintf(newest, sizeof newest, "\"version\":%d", ROUNDS + 1);
    assert_int_equal(oam_poller_next(poller, &change, &err), OAM_OK);
    assert_string_equal(change.ref, ONE);
    assert_non_null(strstr(change.status, newest));
    assert_int_equal(oam_poller_next(poller, &change, &err), OAM_OK);
    assert_string_equal(change.ref, OTHER);
    assert_null(change.status);
    enum oam_result result;
    while ((result = oam_poller_next(poller, &change, &err)) == OAM_DONE)
        nanosleep(&moment, NULL);
    assert_int_equal(result, OAM_E_AUTH);
    oam_poller_free(poller);
    scripted_stop(&server);
}

#define MOVED(version)                                                                                                 \
    "{\"items\":[{\"id\":\"1001\",\"type\":\"t\",\"subject\":\"" ONE                                                   \
    "\",\"time\":\"x\",\"data\":{\"version\":" version "}}],\"next\":\"1001\",\"prev\":null}"

/* The version of ONE that is told when the feed has said that it is at `moved`, and the server that is asked for it at
   2, then at 3 and so on; *ret_queries: how often it was asked. */
static int told_when_moved(const char *moved, int *ret_queries)
{
    struct feed feed = {.pages = {moved, NOTHING("1001"), NOTHING("1001")}};
    struct scripted_server server;
    struct oam_client *client = start(&server, &feed);
    const char *const refs[] = {ONE};
    const struct timespec moment = {0, 1000000};
    struct oam_poller *poller = NULL;
    struct oam_change change;
    struct oam_error err;
    assert_int_equal(oam_poller_new(client, refs, 1, &poller, &err), OAM_OK);
    /* The feed is read on when there is nothing more to ask for. */
    while (atomic_load(&feed.n_pages) < 2)
        nanosleep(&moment, NULL);
    *ret_queries = atomic_load(&feed.n_queries);
    assert_int_equal(oam_poller_next(poller, &change, &err), OAM_OK);
    long version = strtol(strstr(change.status, "version") + strlen("version\":"), NULL, 10);
    oam_poller_free(poller);
    scripted_stop(&server);
    return (int)version;
}

static void test_poller__asks_again_a_server_that_has_not_heard_yet(void **state)
{
    int queries;
    (void)state;
    assert_int_equal(told_when_moved(MOVED("2"), &queries), 2);
    assert_int_equal(queries, 2);
    assert_int_equal(told_when_moved(MOVED("4"), &queries), 4);
    assert_int_equal(queries, 4);
    /* It does not wait for ever for what nobody will tell. */
    int told = told_when_moved(MOVED("4000"), &queries);
    assert_int_equal(told, queries);
    assert_in_range(queries, 10, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events__go_on_at_once_behind_what_was_not_for_them),
        cmocka_unit_test(test_commit__puts_the_new_name_on_the_disk_too),
        cmocka_unit_test(test_poller__keeps_the_newest_change_of_each_for_who_is_slow),
        cmocka_unit_test(test_poller__asks_again_a_server_that_has_not_heard_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
