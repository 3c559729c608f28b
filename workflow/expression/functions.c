#include "workflow/expression/functions.h"

#define BIT(kind) (UINT32_C(1) << WORKFLOW_KIND_##kind)

static const struct function plain[FUNCTION_PART] = {
    [FUNCTION_SIZE] = {"size", true, true, BIT(STRING) | BIT(LIST) | BIT(MAP), 0, 0, WORKFLOW_KIND_INT},
    [FUNCTION_INT] = {"int", true, false, BIT(INT) | BIT(DOUBLE) | BIT(STRING) | BIT(TIMESTAMP), 0, 0,
                      WORKFLOW_KIND_INT},
    [FUNCTION_DOUBLE] = {"double", true, false, BIT(INT) | BIT(DOUBLE) | BIT(STRING), 0, 0, WORKFLOW_KIND_DOUBLE},
    [FUNCTION_STRING] = {"string", true, false,
                         BIT(STRING) | BIT(BOOL) | BIT(INT) | BIT(DOUBLE) | BIT(TIMESTAMP) | BIT(DURATION), 0, 0,
                         WORKFLOW_KIND_STRING},
    [FUNCTION_BOOL] = {"bool", true, false, BIT(BOOL) | BIT(STRING), 0, 0, WORKFLOW_KIND_BOOL},
    [FUNCTION_TIMESTAMP] = {"timestamp", true, false, BIT(TIMESTAMP) | BIT(STRING) | BIT(INT), 0, 0,
                            WORKFLOW_KIND_TIMESTAMP},
    [FUNCTION_DURATION] = {"duration", true, false, BIT(DURATION) | BIT(STRING), 0, 0, WORKFLOW_KIND_DURATION},
    [FUNCTION_TYPE] = {"type", true, false, ~BIT(ERROR), 0, 0, WORKFLOW_KIND_TYPE},
    [FUNCTION_DYN] = {"dyn", true, false, ~(BIT(ERROR) | BIT(RECORD)), 0, 0, WORKFLOW_KIND_DYN},
    [FUNCTION_CONTAINS] = {"contains", false, true, BIT(STRING), 1, 1, WORKFLOW_KIND_BOOL},
    [FUNCTION_STARTS_WITH] = {"startsWith", false, true, BIT(STRING), 1, 1, WORKFLOW_KIND_BOOL},
    [FUNCTION_ENDS_WITH] = {"endsWith", false, true, BIT(STRING), 1, 1, WORKFLOW_KIND_BOOL},
};

struct function function_of(enum function_id id)
{
    if (id < FUNCTION_PART)
        return plain[id];
    enum moment_part part = (enum moment_part)(id - FUNCTION_PART);
    uint32_t operand = BIT(TIMESTAMP) | (moment_part_of_duration(part) ? BIT(DURATION) : 0);
    return (struct function){moment_part_name(part), false, true, operand, 0, 1, WORKFLOW_KIND_INT};
}
