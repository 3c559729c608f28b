/* Databases of a test's own, beside the one that OAM_TEST_DATABASE_URL names; dropped when the program ends. */
#ifndef OAM_TESTS_STORE_DATABASE_H
#define OAM_TESTS_STORE_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASES_MAX     32
#define DATABASE_URL_SIZE 512

static struct {
    int count;
    char names[DATABASES_MAX][64];
} databases;

static inline const char *database_server(void)
{
    return getenv("OAM_TEST_DATABASE_URL");
}

/* key='value' of every part of the server's URL, with another database. */
static inline void database_url(const char *name, char ret[DATABASE_URL_SIZE])
{
    PQconninfoOption *options = PQconninfoParse(database_server(), NULL);
    size_t length = (size_t)snprintf(ret, DATABASE_URL_SIZE, "dbname='%s'", name);
    for (PQconninfoOption *option = options; option && option->keyword; option++)
        if (option->val && strcmp(option->keyword, "dbname") != 0 && length < DATABASE_URL_SIZE)
            length +=
                (size_t)snprintf(ret + length, DATABASE_URL_SIZE - length, " %s='%s'", option->keyword, option->val);
    PQconninfoFree(options);
}

/* Runs one statement; returns its first value (static), "" when there is none, NULL when it fails. */
static inline const char *database_ask(const char *url, const char *sql)
{
    static char answer[4096];
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, sql);
    const ExecStatusType status = PQresultStatus(result);
    const bool done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!done)
        fprintf(stderr, "%s\n%s", sql, PQerrorMessage(connection));
    snprintf(answer, sizeof answer, "%s", done && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(connection);
    return done ? answer : NULL;
}

static inline void database_drop_all(void)
{
    char sql[128];
    for (int i = 0; i < databases.count; i++) {
        snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", databases.names[i]);
        database_ask(database_server(), sql);
    }
}

/* A new, empty database. */
static inline bool database_new(char ret_url[DATABASE_URL_SIZE])
{
    char sql[128];
    if (databases.count == DATABASES_MAX)
        return false;
    if (databases.count == 0)
        atexit(database_drop_all);
    char *name = databases.names[databases.count];
    snprintf(name, sizeof databases.names[0], "oam_store_%d_%d", (int)getpid(), databases.count);
    databases.count++;
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE template0 STRATEGY file_copy", name);
    database_url(name, ret_url);
    return database_ask(database_server(), sql) != NULL;
}

#endif
