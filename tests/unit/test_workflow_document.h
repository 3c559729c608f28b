/* A small sound definition that tests edit, one fault at a time. To be included by one test program each. */
#ifndef OAM_TEST_WORKFLOW_DOCUMENT_H
#define OAM_TEST_WORKFLOW_DOCUMENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test_workflow_flat.h"
#include "workflow/definition.h"

/* The line numbers below count from this "{". */
static const char sound[] =
    "{\n"
    "  \"format\": \"oam-wf/1\", \"key\": \"small\", \"version\": 1,\n"
    "  \"title\": {\"ca\": \"Petit\", \"es\": \"Pequeño\", \"en\": \"Small\"},\n"
    "  \"data\": {\n"
    "    \"reason\": {\"type\": \"string\"},\n"
    "    \"size\": {\"type\": \"enum\", \"of\": [\"big\", \"little\"]}\n"
    "  },\n"
    "  \"roles\": {\n"
    "    \"asker\": {\"label\": {\"ca\": \"Qui demana\", \"en\": \"Asker\"}, \"from\": \"applicant_entity\"},\n"
    "    \"doer\": {\"label\": {\"ca\": \"Qui fa\", \"en\": \"Doer\"}, \"from\": \"team\", \"team\": \"oam\"}\n"
    "  },\n"
    "  \"assign\": {\n"
    "    \"near\": {\"pool\": \"agents in comarca(applicant)\", \"require\": [\"!agent.absent\"],\n"
    "      \"rank\": [\"open_load asc\"], \"if_none\": \"doer\"}\n"
    "  },\n"
    "  \"initial\": \"open\",\n"
    "  \"states\": {\n"
    "    \"open\": {\"label\": {\"ca\": \"Oberta\", \"en\": \"Open\"}, \"phase\": \"draft\",\n"
    "      \"entry\": [{\"fx\": \"register\", \"book\": \"entrada\"}],\n"
    "      \"on\": {\n"
    "        \"go\": [{\"role\": \"asker\", \"require\": [\"reason\"], \"to\": \"work\"}]\n"
    "      }},\n"
    "    \"work\": {\"label\": {\"ca\": \"En curs\", \"en\": \"At work\"}, \"phase\": \"study\", \"assign\": "
    "\"near\",\n"
    "      \"on\": {\"end\": [{\"role\": [\"asker\", \"doer\"], \"to\": \"done\"}]}},\n"
    "    \"done\": {\"label\": {\"ca\": \"Feta\", \"en\": \"Done\"}, \"phase\": \"end\", \"type\": \"final\","
    " \"outcome\": \"completed\"}\n"
    "  }\n"
    "}\n";

/* Puts one text in the place of another's first occurrence; the caller frees. */
static inline char *replaced(const char *text, const char *find, const char *put)
{
    const char *at = strstr(text, find);
    size_t size = strlen(text) + strlen(put) + 1;
    char *result = malloc(size);

    assert_non_null(result);
    assert_non_null(at);
    snprintf(result, size, "%.*s%s%s", (int)(at - text), text, put, at + strlen(find));
    return result;
}

/* Edits the sound document; the caller frees. */
static inline char *edited(const char *find, const char *put)
{
    return replaced(sound, find, put);
}

/* Parses what must be sound; the caller frees. */
static inline struct workflow *parses(const char *text)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    size_t n = 0;
    struct workflow *wf = workflow_parse(text, strlen(text), faults, WORKFLOW_FAULTS_MAX, &n);

    for (size_t i = 0; i < n; i++)
        print_error("%u:%u %s %s: %s\n", faults[i].line, faults[i].column, faults[i].pointer, faults[i].code,
                    faults[i].message);
    assert_non_null(wf);
    assert_int_equal(n, 0);
    return wf;
}

#endif
