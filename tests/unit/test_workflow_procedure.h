/* The definitions that the product runs, each as a scene with data that people might give. */
#ifndef OAM_TEST_WORKFLOW_PROCEDURE_H
#define OAM_TEST_WORKFLOW_PROCEDURE_H

#include "unit/test_workflow_scene.h"

static const char *const procedures[] = {"general_enquiry", "technical_assistance", "economic_grant", "equipment_loan",
                                         "incident"};
enum { PROCEDURES = sizeof(procedures) / sizeof(procedures[0]) };

static inline struct workflow_value sensible(const struct workflow_field_info *field)
{
    switch (field->type) {
    case WORKFLOW_FIELD_INT:
        return workflow_value_int(12);
    case WORKFLOW_FIELD_CENTS:
        return workflow_value_int(100);
    case WORKFLOW_FIELD_BOOL:
        return workflow_value_bool(true);
    case WORKFLOW_FIELD_DATE:
        return workflow_value_timestamp(1924905600, 0);
    case WORKFLOW_FIELD_ENUM:
        return workflow_value_string(field->options[0], strlen(field->options[0]));
    default:
        return workflow_value_string("text", 4);
    }
}

static inline void give_what_is_asked_for(struct scene *scene)
{
    struct workflow_transition_info way;
    uint64_t asked = 0;

    for (unsigned i = 0; workflow_transition_info(scene->wf, i, &way); i++)
        asked |= way.require;
    for (unsigned i = 0; i < workflow_field_count(scene->wf); i++)
        if (asked >> i & 1)
            scene->data[i] = sensible(workflow_field(scene->wf, i));
}

static inline struct scene *procedure(const char *key)
{
    static char text[WORKFLOW_DOCUMENT_MAX];
    char path[512];
    const char *source = getenv("OAM_SOURCE");
    FILE *file;

    snprintf(path, sizeof(path), "%s/workflow/definitions/%s.json", source ? source : ".", key);
    file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    struct scene *scene = scene_open(text);
    give_what_is_asked_for(scene);
    assert_int_equal(scene_start(scene), WORKFLOW_OK);
    return scene;
}

#endif
