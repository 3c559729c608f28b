/* What happens in each procedure of the product, leg by leg: a table for test_workflow_journeys.c. */
#ifndef OAM_TEST_WORKFLOW_JOURNEYS_H
#define OAM_TEST_WORKFLOW_JOURNEYS_H

#include <stddef.h>

enum { LEGS = 24, BOARD = 3 };

/* `event`: "@x" is a timer, "ballot+" the board that says yes, "ballot-" no, "adhere/8019" an act of a body. `given` is
   a field that this leg brings, as "name=value"; every other that people are asked for has a value that its checks let
   pass. */
struct leg {
    const char *role, *event, *leaves, *given;
};

struct journey {
    const char *definition;
    struct leg legs[LEGS];
};

#define START                                                                                                          \
    {                                                                                                                  \
        "applicant", "submit", "processing.assigned", NULL                                                             \
    }
#define TAKEN                                                                                                          \
    START,                                                                                                             \
    {                                                                                                                  \
        "agent", "take", "processing.in_progress", NULL                                                                \
    }
#define TECH    "processing.under_assessment.tech."
#define ECON    " processing.under_assessment.econ."
#define WRITING TECH "tech_writing" ECON "econ_writing"
#define ASSESSED                                                                                                       \
    TAKEN,                                                                                                             \
    {                                                                                                                  \
        "agent", "accept", WRITING, NULL                                                                               \
    }
#define PROPOSED                                                                                                       \
    ASSESSED, {"technician", "sign_tech", TECH "tech_signed" ECON "econ_writing", NULL},                               \
    {                                                                                                                  \
        "unit_head", "sign_econ", "processing.proposed", NULL                                                          \
    }

#define REPORTS(tech, econ) "processing.reports.tech." tech " processing.reports.econ." econ
#define CALLED                                                                                                         \
    {"applicant", "submit", "call_open", NULL}, {"unit_head", "close_call", "processing.assigned", NULL},              \
    {                                                                                                                  \
        "agent", "take", "processing.in_progress", NULL                                                                \
    }
#define REPORTED                                                                                                       \
    CALLED, {"agent", "accept", REPORTS("tech_writing", "econ_writing"), NULL},                                        \
        {"technician", "sign_tech", REPORTS("tech_signed", "econ_writing"), NULL},                                     \
    {                                                                                                                  \
        "unit_head", "sign_econ", "processing.scoring", NULL                                                           \
    }
#define GRANTED                                                                                                        \
    REPORTED, {"board", "ballot+", "processing.ranked", NULL}, {"unit_head", "propose", "processing.hearing", NULL},   \
        {"signer", "waive", "processing.proposed", NULL},                                                              \
    {                                                                                                                  \
        "unit_head", "grant", "granted", NULL                                                                          \
    }

static const struct journey journeys[] = {
    {"general_enquiry",
     {TAKEN,
      {"agent", "ask", "processing.waiting", NULL},
      {"applicant", "answer", "processing.in_progress", NULL},
      {"operator", "resolve", "processing.resolved", NULL},
      {"applicant", "reopen", "processing.in_progress", NULL},
      {"agent", "resolve", "processing.resolved", NULL},
      {"applicant", "close", "closed", NULL}}},
    {"general_enquiry", {TAKEN, {"unit_head", "grant", "granted", NULL}}},
    {"general_enquiry", {TAKEN, {"unit_head", "deny", "denied", NULL}}},
    {"general_enquiry", {TAKEN, {"operator", "refer", "referred", NULL}}},
    {"general_enquiry", {START, {"applicant", "withdraw", "withdrawn", NULL}}},
    {"general_enquiry", {START, {"supervisor", "cancel", "cancelled", NULL}}},
    {"general_enquiry", {{"applicant", "discard", "cancelled", NULL}}},
    {"general_enquiry", {{NULL, "@draft_expiry", "cancelled", NULL}}},
    {"general_enquiry",
     {TAKEN,
      {"agent", "ask", "processing.waiting", NULL},
      {NULL, "@reply_reminder", "processing.waiting", NULL},
      {NULL, "@reply_expiry", "expired", NULL}}},
    {"general_enquiry",
     {TAKEN, {"agent", "resolve", "processing.resolved", NULL}, {NULL, "@tacit_close", "closed", NULL}}},

    {"technical_assistance",
     {PROPOSED,
      {"unit_head", "reassess", WRITING, NULL},
      {"technician", "sign_tech", TECH "tech_signed" ECON "econ_writing", NULL},
      {"agent", "require_amendment", "amendment_required", NULL},
      {"applicant", "amend", TECH "tech_signed" ECON "econ_writing", NULL},
      {"technician", "skip_econ", "processing.proposed", NULL},
      {"unit_head", "grant", "granted", NULL},
      {"signer", "accept_grant", "execution.executing", NULL},
      {"technician", "report_progress", "execution.executing", NULL},
      {"unit_head", "extend", "execution.executing", NULL},
      {"technician", "deliver", "execution.delivered", NULL},
      {"applicant", "object", "execution.executing", NULL},
      {"technician", "deliver", "execution.delivered", NULL},
      {"applicant", "approve", "closed", NULL}}},
    {"technical_assistance",
     {PROPOSED,
      {"unit_head", "grant", "granted", NULL},
      {NULL, "@tacit_acceptance", "execution.executing", NULL},
      {"technician", "deliver", "execution.delivered", NULL},
      {NULL, "@tacit_approval", "closed", NULL}}},
    {"technical_assistance",
     {PROPOSED, {"unit_head", "grant", "granted", NULL}, {"signer", "renounce", "renounced", NULL}}},
    {"technical_assistance",
     {PROPOSED,
      {"unit_head", "grant", "granted", NULL},
      {"signer", "accept_grant", "execution.executing", NULL},
      {"unit_head", "revoke", "revoked", NULL}}},
    {"technical_assistance", {PROPOSED, {"unit_head", "deny", "denied", NULL}}},
    {"technical_assistance", {TAKEN, {"agent", "dismiss", "inadmissible", NULL}}},
    {"technical_assistance", {TAKEN, {"agent", "refer", "referred", NULL}}},
    {"technical_assistance",
     {TAKEN, {"agent", "require_amendment", "amendment_required", NULL}, {NULL, "@amendment_expiry", "expired", NULL}}},
    {"technical_assistance",
     {TAKEN, {"agent", "require_amendment", "amendment_required", NULL}, {"applicant", "withdraw", "withdrawn", NULL}}},
    {"technical_assistance", {START, {"operator", "cancel", "cancelled", NULL}}},
    {"technical_assistance",
     {{"applicant", "submit", "adhesions", "participants=8019,8121"},
      {"signer", "adhere/8019", "adhesions", NULL},
      {"signer", "decline/8121", "processing.assigned", NULL}}},

    {"economic_grant",
     {CALLED,
      {"agent", "accept", REPORTS("tech_writing", "econ_writing"), NULL},
      {"technician", "sign_tech", REPORTS("tech_signed", "econ_writing"), NULL},
      {"technician", "require_amendment", "amendment_required", NULL},
      {"applicant", "amend", REPORTS("tech_signed", "econ_writing"), NULL},
      {"unit_head", "sign_econ", "processing.scoring", NULL},
      {"board", "ballot+", "processing.ranked", NULL},
      {"unit_head", "propose", "processing.hearing", NULL},
      {"applicant", "allege", "processing.allegations_review", NULL},
      {"unit_head", "reject", "processing.proposed", NULL},
      {"unit_head", "grant", "granted", NULL},
      {"signer", "accept_grant", "executing", NULL},
      {"unit_head", "extend", "executing", "extension_months=6"},
      {"applicant", "finish", "justification.to_justify", NULL},
      {"comptroller", "justify", "justification.justified", NULL},
      {"unit_head", "deficient", "justification.justification_amendment", NULL},
      {"comptroller", "justify", "justification.justified", "amount_justified=80"},
      {"unit_head", "reduce", "payment", NULL},
      {"treasury", "payment_failed", "payment", NULL},
      {"treasury", "confirm_payment", "closed", NULL}}},
    {"economic_grant",
     {REPORTED,
      {"board", "ballot-", REPORTS("tech_writing", "econ_writing"), NULL},
      {"technician", "sign_tech", REPORTS("tech_signed", "econ_writing"), NULL},
      {"unit_head", "sign_econ", "processing.scoring", NULL},
      {"board", "ballot+", "processing.ranked", NULL},
      {"unit_head", "propose", "processing.hearing", "ranking=reserve"},
      {NULL, "@hearing_ends", "processing.proposed", NULL},
      {"unit_head", "reserve", "reserve_list", NULL},
      {"unit_head", "release", "granted", NULL},
      {NULL, "@tacit_acceptance", "executing", NULL},
      {NULL, "@execution_ends", "justification.to_justify", NULL},
      {NULL, "@justify_expiry", "justification.justification_amendment", NULL},
      {NULL, "@fix_expiry", "revoked", NULL}}},
    {"economic_grant",
     {GRANTED,
      {"signer", "accept_grant", "executing", NULL},
      {"treasury", "pay_advance", "executing", "advance=60"},
      {"signer", "renounce", "reimbursement", NULL},
      {"treasury", "confirm_reimbursement", "revoked", NULL}}},
    {"economic_grant",
     {GRANTED,
      {"signer", "accept_grant", "executing", NULL},
      {"treasury", "pay_advance", "executing", "advance=60"},
      {"applicant", "finish", "justification.to_justify", NULL},
      {"comptroller", "justify", "justification.justified", "amount_justified=40"},
      {"unit_head", "reduce", "excess_repayment", NULL},
      {"treasury", "confirm_reimbursement", "closed", NULL}}},
    {"economic_grant", {GRANTED, {"signer", "renounce", "renounced", NULL}}},
    {"economic_grant",
     {CALLED,
      {"agent", "accept", REPORTS("tech_writing", "econ_writing"), NULL},
      {"technician", "sign_tech", REPORTS("tech_signed", "econ_writing"), NULL},
      {"unit_head", "sign_econ", "denied", "econ_opinion=unfavourable"}}},
    {"economic_grant",
     {CALLED,
      {"agent", "require_amendment", "amendment_required", NULL},
      {NULL, "@amendment_expiry", "expired", NULL}}},
    {"economic_grant", {CALLED, {"agent", "refer", "referred", NULL}}},
    {"economic_grant", {CALLED, {"agent", "dismiss", "inadmissible", NULL}}},
    {"economic_grant", {{"applicant", "submit", "call_open", NULL}, {"applicant", "withdraw", "withdrawn", NULL}}},
    {"economic_grant", {{"applicant", "discard", "cancelled", NULL}}},

    {"equipment_loan",
     {TAKEN,
      {"agent", "accept", "processing.holding", NULL},
      {"technician", "stock_short", "processing.waiting_list", NULL},
      {"applicant", "change_dates", "processing.holding", NULL},
      {NULL, "@stock_silent", "processing.waiting_list", NULL},
      {"technician", "stock_held", "processing.under_review", NULL},
      {"technician", "counter_offer", "processing.offer", NULL},
      {"applicant", "accept_offer", "processing.under_review", NULL},
      {"technician", "grant", "granted", NULL},
      {"technician", "hand_over", "on_loan.executing", NULL},
      {"signer", "ask_extension", "on_loan.extension_asked", NULL},
      {"technician", "grant_extension", "on_loan.executing", NULL},
      {"signer", "ask_extension", "on_loan.extension_asked", NULL},
      {NULL, "@extension_silent", "on_loan.executing", NULL},
      {NULL, "@due", "on_loan.overdue", NULL},
      {"technician", "give_back", "inspection", NULL},
      {"technician", "damaged", "claim.claim_notified", NULL},
      {"signer", "dispute", "claim.ruling", NULL},
      {"unit_head", "waive_claim", "closed", NULL}}},
    {"equipment_loan",
     {TAKEN,
      {"agent", "accept", "processing.holding", NULL},
      {"technician", "stock_held", "processing.under_review", NULL},
      {"unit_head", "deny", "denied", NULL}}},
    {"equipment_loan",
     {TAKEN,
      {"agent", "accept", "processing.holding", NULL},
      {"technician", "stock_held", "processing.under_review", NULL},
      {"technician", "grant", "granted", NULL},
      {"signer", "renounce", "renounced", NULL}}},
    {"equipment_loan",
     {TAKEN,
      {"agent", "accept", "processing.holding", NULL},
      {"technician", "stock_short", "processing.waiting_list", NULL},
      {NULL, "@too_late", "expired", NULL}}},
    {"equipment_loan",
     {TAKEN,
      {"agent", "require_amendment", "amendment_required", NULL},
      {"applicant", "amend", "processing.in_progress", NULL},
      {"agent", "dismiss", "inadmissible", NULL}}},
    {"equipment_loan", {TAKEN, {"agent", "refer", "referred", NULL}}},
    {"equipment_loan", {START, {"applicant", "withdraw", "withdrawn", NULL}}},
    {"equipment_loan", {{"applicant", "discard", "cancelled", NULL}}},

    {"incident",
     {TAKEN,
      {"agent", "ask", "processing.waiting", NULL},
      {"applicant", "answer", "processing.in_progress", NULL},
      {"technician", "hand_to_third_party", "processing.third_party_pending", NULL},
      {NULL, "@third_party_slow", "processing.third_party_pending", NULL},
      {"agent", "escalate", "processing.third_party_pending", NULL},
      {"agent", "third_party_done", "processing.in_progress", NULL},
      {"technician", "resolve", "processing.resolved", NULL},
      {"applicant", "reopen", "processing.in_progress", NULL},
      {"agent", "resolve", "processing.resolved", NULL},
      {NULL, "@tacit_close", "closed", NULL}}},
    {"incident",
     {{"applicant", "submit", "processing.emergency_lane", "priority=emergency"},
      {NULL, "@emergency_unattended", "processing.emergency_lane", NULL},
      {"supervisor", "take", "processing.in_progress", NULL},
      {"agent", "refer", "referred", NULL}}},
    {"incident", {TAKEN, {"agent", "ask", "processing.waiting", NULL}, {NULL, "@reply_expiry", "expired", NULL}}},
    {"incident", {START, {"applicant", "withdraw", "withdrawn", NULL}}},
    {"incident", {START, {"operator", "cancel", "cancelled", NULL}}},
};
enum { JOURNEYS = sizeof(journeys) / sizeof(journeys[0]) };

#endif
