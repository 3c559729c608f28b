/* The two ways out of a state, read by transitions.c into a struct draft_state. */
#ifndef OAM_WORKFLOW_STATES_H
#define OAM_WORKFLOW_STATES_H

#include "workflow/definition/reader.h"

read_fn read_on, read_always;

#endif
