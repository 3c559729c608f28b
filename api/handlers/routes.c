#include "handlers/routes.h"

#include "handlers/absence_handlers.h"
#include "handlers/action_handlers.h"
#include "handlers/auth_handlers.h"
#include "handlers/calendar_handlers.h"
#include "handlers/catalogue_handlers.h"
#include "handlers/client_handlers.h"
#include "handlers/conversation_handlers.h"
#include "handlers/definition_handlers.h"
#include "handlers/directory_handlers.h"
#include "handlers/event_handlers.h"
#include "handlers/incident_handlers.h"
#include "handlers/meta_handlers.h"
#include "handlers/notification_handlers.h"
#include "handlers/open311_handlers.h"
#include "handlers/open311_out.h"
#include "handlers/open311_settings_handlers.h"
#include "handlers/panel_handlers.h"
#include "handlers/read_handlers.h"
#include "handlers/request_handlers.h"
#include "handlers/status_handlers.h"
#include "handlers/stock_handlers.h"
#include "handlers/version_handlers.h"
#include "handlers/webhook_handlers.h"
#include "handlers/workflow_handlers.h"

#define QUERY(...) ((const char *const[]){__VA_ARGS__, NULL})
#define MEMORY     ROUTE_MEMORY
#define IDEMPOTENT ROUTE_IDEMPOTENCY

#define GET(path_, permission_, flags_, handler_, query_)                                                              \
    {                                                                                                                  \
        .method = "GET", .path = (path_), .permission = PERMISSION_##permission_, .flags = (flags_),                   \
        .handler = (handler_), .query = (query_)                                                                       \
    }
#define GET_CACHED(path_, permission_, from_memory_, ask_, handler_, query_)                                           \
    {                                                                                                                  \
        .method = "GET", .path = (path_), .permission = PERMISSION_##permission_, .handler = (handler_),               \
        .ask = (ask_), .from_memory = (from_memory_), .query = (query_)                                                \
    }
#define GET_HOT(path_, permission_, flags_, from_memory_, handler_, query_)                                            \
    {                                                                                                                  \
        .method = "GET", .path = (path_), .permission = PERMISSION_##permission_, .flags = (flags_),                   \
        .handler = (handler_), .from_memory = (from_memory_), .query = (query_)                                        \
    }
#define WRITE(method_, path_, permission_, flags_, handler_, body_max_)                                                \
    {                                                                                                                  \
        .method = (method_), .path = (path_), .permission = PERMISSION_##permission_, .flags = (flags_),               \
        .handler = (handler_), .body_max = (body_max_)                                                                 \
    }
/* Of Open311, whose refusals have a form of their own. */
#define OPEN311_GET(path_, flags_, handler_, ...)                                                                      \
    {                                                                                                                  \
        .method = "GET", .path = "/open311" path_, .permission = PERMISSION_PUBLIC, .flags = (flags_),                 \
        .handler = (handler_), .refuse = open311_refuse, .query = QUERY("jurisdiction_id", __VA_ARGS__)                \
    }
#define OPEN311_REQUESTS                                                                                               \
    "service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size", "updated_after",    \
        "updated_before", "extensions", "api_key"
#define OPEN311_POST(path_, handler_)                                                                                  \
    {                                                                                                                  \
        .method = "POST", .path = "/open311" path_, .permission = PERMISSION_PUBLIC, .flags = ROUTE_FORM,              \
        .handler = (handler_), .refuse = open311_refuse, .body_max = KB(64)                                            \
    }

const struct route routes[] = {
    GET("/livez", PUBLIC, MEMORY, handle_livez, NULL),
    GET("/readyz", PUBLIC, MEMORY, handle_readyz, NULL),
    GET("/metrics", PUBLIC, MEMORY, handle_metrics, NULL),
    GET("/api/v1/openapi.json", PUBLIC, MEMORY, handle_openapi, NULL),
    GET("/problems/{slug}", PUBLIC, MEMORY, handle_problem_type, NULL),
    GET("/.well-known/api-catalog", PUBLIC, MEMORY, handle_api_catalog, NULL),
    GET("/.well-known/jwks.json", PUBLIC, MEMORY, handle_jwks, NULL),
    GET("/.well-known/oauth-authorization-server", PUBLIC, MEMORY, handle_oauth_metadata, NULL),

    WRITE("POST", "/api/v1/oauth/token", PUBLIC, ROUTE_FORM, handle_token_issue, KB(16)),
    WRITE("POST", "/api/v1/session", PUBLIC, 0, handle_session_create, KB(16)),
    WRITE("DELETE", "/api/v1/session", ME, 0, handle_session_delete, 0),
    GET("/api/v1/me", ME, MEMORY, handle_me, NULL),

    GET("/api/v1/bodies", DIRECTORY_READ, MEMORY, handle_body_list,
        QUERY("q", "comarca", "kind", "province", "limit", "cursor")),
    GET("/api/v1/bodies/{code}", DIRECTORY_READ, MEMORY, handle_body_read, NULL),
    GET("/api/v1/bodies/{code}/summary", REQUEST_READ, 0, handle_body_summary, NULL),
    GET("/api/v1/comarques", DIRECTORY_READ, MEMORY, handle_comarca_list, NULL),
    GET("/api/v1/units", DIRECTORY_READ, MEMORY, handle_unit_list, NULL),
    GET("/api/v1/agents", AGENT_READ, 0, handle_agent_list, QUERY("comarca", "body", "unit", "limit", "cursor")),
    GET("/api/v1/agents/{login}", AGENT_READ, 0, handle_agent_read, NULL),
    GET("/api/v1/agents/{login}/absences", ABSENCE_MANAGE, 0, handle_absence_list, NULL),
    WRITE("POST", "/api/v1/agents/{login}/absences", ABSENCE_MANAGE, IDEMPOTENT, handle_absence_create, KB(16)),
    WRITE("DELETE", "/api/v1/agents/{login}/absences/{id}", ABSENCE_MANAGE, 0, handle_absence_delete, 0),

    GET("/api/v1/calendars/{code}", DIRECTORY_READ, MEMORY, handle_calendar_read, QUERY("year")),
    WRITE("POST", "/api/v1/calendars/{code}/corrections", CALENDAR_CORRECT, IDEMPOTENT, handle_calendar_correct,
          KB(32)),

    GET("/api/v1/services", DIRECTORY_READ, MEMORY, handle_service_list,
        QUERY("q", "area", "support_type", "sdg", "application", "max_population", "limit", "cursor")),
    GET("/api/v1/services/{code}", DIRECTORY_READ, MEMORY, handle_service_read, NULL),
    GET("/api/v1/services/{code}/form", DIRECTORY_READ, MEMORY, handle_service_form, NULL),
    GET("/api/v1/workflows", WORKFLOW_READ, MEMORY, handle_workflow_list, NULL),
    GET("/api/v1/workflows/{key}", WORKFLOW_READ, MEMORY, handle_workflow_read, QUERY("version")),
    GET("/api/v1/workflows/{key}/diagram", WORKFLOW_READ, ROUTE_ANY_MEDIA, handle_workflow_diagram,
        QUERY("format", "counts", "version")),
    GET("/api/v1/workflows/{key}/versions", WORKFLOW_READ, 0, handle_workflow_versions, NULL),
    WRITE("POST", "/api/v1/workflows/{key}/migrations", WORKFLOW_PUBLISH, IDEMPOTENT, handle_migration_create, KB(256)),
    GET("/api/v1/workflows/{key}/migrations/{id}", WORKFLOW_PUBLISH, 0, handle_migration_read, NULL),
    WRITE("POST", "/api/v1/workflows:publish", WORKFLOW_PUBLISH, IDEMPOTENT, handle_workflow_publish, KB(1024)),
    WRITE("POST", "/api/v1/workflows:validate", WORKFLOW_CHECK, 0, handle_workflow_validate, KB(256)),
    WRITE("POST", "/api/v1/workflows:simulate", WORKFLOW_CHECK, 0, handle_workflow_simulate, KB(1024)),
    WRITE("POST", "/api/v1/workflows:replay", WORKFLOW_REPLAY, 0, handle_workflow_replay, KB(288)),

    GET("/api/v1/panels", PANEL_READ, MEMORY, handle_panel_list, NULL),
    GET("/api/v1/panels/{code}", PANEL_READ, MEMORY, handle_panel_read, NULL),
    WRITE("PUT", "/api/v1/panels/{code}", PANEL_MANAGE, ROUTE_IF_MATCH, handle_panel_change, KB(64)),

    GET("/api/v1/incidents", INCIDENT_DECIDE, 0, handle_incident_list, QUERY("state", "limit", "cursor")),
    WRITE("POST", "/api/v1/incidents/{id}/decision", INCIDENT_DECIDE, IDEMPOTENT | ROUTE_IF_MATCH,
          handle_incident_decide, KB(64)),

    GET("/api/v1/me/address", ADDRESS_OWN, 0, handle_address_read, NULL),
    WRITE("PUT", "/api/v1/me/address", ADDRESS_OWN, 0, handle_address_ask, KB(16)),
    WRITE("DELETE", "/api/v1/me/address", ADDRESS_OWN, 0, handle_address_forget, 0),
    WRITE("POST", "/api/v1/me/address:confirm", ADDRESS_OWN, 0, handle_address_confirm, KB(16)),
    GET("/api/v1/notifications", NOTIFICATION_READ, 0, handle_notification_list, QUERY("unread", "limit", "cursor")),
    WRITE("POST", "/api/v1/notifications:read", NOTIFICATION_READ, 0, handle_notification_read, KB(16)),

    GET_CACHED("/api/v1/requests", REQUEST_READ, request_list_from_memory, request_list_ask, handle_request_list,
               QUERY("state", "phase", "service", "body", "comarca", "assignee", "mine", "external_ref",
                     "updated_at.gte", "updated_at.lt", "sort", "limit", "cursor", "fields", "include")),
    WRITE("POST", "/api/v1/requests", REQUEST_CREATE, IDEMPOTENT, handle_request_create, KB(256)),
    WRITE("POST", "/api/v1/requests:batch", REQUEST_BATCH, IDEMPOTENT, handle_request_batch, KB(1024)),
    GET_CACHED("/api/v1/requests/{ref}", REQUEST_READ, request_from_memory, request_read_ask, handle_request_read,
               QUERY("fields", "include")),
    WRITE("PATCH", "/api/v1/requests/{ref}", REQUEST_EDIT, ROUTE_MERGE_PATCH | ROUTE_IF_MATCH, handle_request_edit,
          KB(256)),
    GET("/api/v1/requests/{ref}/transitions", REQUEST_READ, 0, handle_transition_list, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/transitions", REQUEST_TRANSITION, IDEMPOTENT | ROUTE_IF_MATCH,
          handle_transition_perform, KB(256)),
    GET("/api/v1/requests/{ref}/members", REQUEST_READ, 0, handle_member_list, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/members", REQUEST_CREATE, IDEMPOTENT | ROUTE_IF_MATCH, handle_member_invite,
          KB(16)),
    GET("/api/v1/requests/{ref}/ballots", BALLOT_READ, 0, handle_ballot_list, NULL),
    GET("/api/v1/requests/{ref}/assignment", REQUEST_READ, 0, handle_assignment_read, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/assignment", REQUEST_ASSIGN, IDEMPOTENT, handle_assignment_change, KB(16)),

    GET("/api/v1/requests/{ref}/actions", REQUEST_READ, 0, handle_action_list, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/actions", ACTION_KEEP, IDEMPOTENT, handle_action_create, KB(64)),
    GET("/api/v1/requests/{ref}/actions/{id}", REQUEST_READ, 0, handle_action_read, NULL),
    WRITE("PATCH", "/api/v1/requests/{ref}/actions/{id}", ACTION_KEEP, ROUTE_MERGE_PATCH | ROUTE_IF_MATCH,
          handle_action_change, KB(64)),
    WRITE("POST", "/api/v1/requests/{ref}/actions/{id}/milestones", ACTION_KEEP, IDEMPOTENT, handle_milestone_create,
          KB(16)),
    WRITE("PATCH", "/api/v1/requests/{ref}/actions/{id}/milestones/{key}", ACTION_KEEP,
          ROUTE_MERGE_PATCH | ROUTE_IF_MATCH, handle_milestone_change, KB(16)),
    GET("/api/v1/requests/{ref}/actions/{id}/amounts", REQUEST_READ, 0, handle_amount_list, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/actions/{id}/amounts", ACTION_KEEP, IDEMPOTENT, handle_amount_create, KB(16)),
    GET("/api/v1/requests/{ref}/actions/{id}/holds", REQUEST_READ, 0, handle_hold_list, NULL),
    WRITE("POST", "/api/v1/requests/{ref}/actions/{id}/holds", ACTION_KEEP, IDEMPOTENT, handle_hold_create, KB(16)),
    WRITE("POST", "/api/v1/requests/{ref}/actions/{id}/holds/{number}/moves", ACTION_KEEP, IDEMPOTENT | ROUTE_IF_MATCH,
          handle_hold_move, KB(16)),

    GET("/api/v1/stock", DIRECTORY_READ, 0, handle_stock_list, QUERY("service")),
    WRITE("POST", "/api/v1/stock", STOCK_KEEP, IDEMPOTENT, handle_stock_create, KB(16)),
    GET("/api/v1/stock/{code}", DIRECTORY_READ, 0, handle_stock_read, NULL),
    WRITE("PATCH", "/api/v1/stock/{code}", STOCK_KEEP, ROUTE_MERGE_PATCH | ROUTE_IF_MATCH, handle_stock_change, KB(16)),
    GET("/api/v1/stock/{code}/availability", DIRECTORY_READ, 0, handle_stock_availability,
        QUERY("from", "to", "quantity")),
    GET("/api/v1/stock/{code}/movements", STOCK_READ, 0, handle_movement_list, QUERY("limit", "cursor")),
    WRITE("POST", "/api/v1/stock/{code}/movements", STOCK_KEEP, IDEMPOTENT, handle_movement_create, KB(16)),
    GET("/api/v1/stock/{code}/holds", STOCK_READ, 0, handle_stock_holds, NULL),

    {.method = "GET",
     .path = "/api/v1/requests/{ref}/status",
     .permission = PERMISSION_REQUEST_READ,
     .flags = ROUTE_WAITS,
     .from_memory = status_from_memory,
     .ask = status_ask,
     .handler = handle_status_read,
     .query = QUERY("fields", "include")},
    {.method = "POST",
     .path = "/api/v1/status:query",
     .permission = PERMISSION_REQUEST_READ,
     .from_memory = status_query_from_memory,
     .handler = handle_status_query,
     .body_max = KB(64),
     .query = QUERY("fields", "include")},
    GET_HOT("/api/v1/events", EVENTS_READ, ROUTE_WAITS, event_list_from_memory, handle_event_list,
            QUERY("after", "subject", "type", "filter", "limit")),
    GET_HOT("/api/v1/events/stream", EVENTS_READ, ROUTE_STREAMS, event_stream_from_memory, handle_event_stream,
            QUERY("after", "subject", "type", "filter")),

    GET("/api/v1/webhooks", WEBHOOK_MANAGE, 0, handle_webhook_list, QUERY("limit", "cursor")),
    WRITE("POST", "/api/v1/webhooks", WEBHOOK_MANAGE, IDEMPOTENT, handle_webhook_create, KB(16)),
    GET("/api/v1/webhooks/{id}", WEBHOOK_MANAGE, 0, handle_webhook_read, NULL),
    WRITE("PATCH", "/api/v1/webhooks/{id}", WEBHOOK_MANAGE, ROUTE_MERGE_PATCH | ROUTE_IF_MATCH, handle_webhook_change,
          KB(16)),
    WRITE("DELETE", "/api/v1/webhooks/{id}", WEBHOOK_MANAGE, ROUTE_IF_MATCH, handle_webhook_delete, 0),
    WRITE("POST", "/api/v1/webhooks/{id}:rotate-secret", WEBHOOK_MANAGE, IDEMPOTENT, handle_webhook_rotate, 0),
    WRITE("POST", "/api/v1/webhooks/{id}:ping", WEBHOOK_MANAGE, IDEMPOTENT, handle_webhook_ping, 0),
    WRITE("POST", "/api/v1/webhooks/{id}:redeliver", WEBHOOK_MANAGE, IDEMPOTENT, handle_webhook_redeliver, KB(16)),
    GET("/api/v1/webhooks/{id}/deliveries", WEBHOOK_MANAGE, 0, handle_webhook_deliveries,
        QUERY("state", "limit", "cursor")),

    GET("/api/v1/clients", CLIENT_MANAGE, 0, handle_client_list, QUERY("limit", "cursor")),
    WRITE("POST", "/api/v1/clients", CLIENT_MANAGE, IDEMPOTENT, handle_client_create, KB(16)),
    GET("/api/v1/clients/{client}", CLIENT_MANAGE, 0, handle_client_read, NULL),
    WRITE("PATCH", "/api/v1/clients/{client}", CLIENT_MANAGE, ROUTE_MERGE_PATCH | ROUTE_IF_MATCH, handle_client_change,
          KB(16)),
    WRITE("DELETE", "/api/v1/clients/{client}", CLIENT_MANAGE, ROUTE_IF_MATCH, handle_client_revoke, 0),
    WRITE("POST", "/api/v1/clients/{client}:rotate-secret", CLIENT_MANAGE, IDEMPOTENT | ROUTE_IF_MATCH,
          handle_client_rotate, KB(16)),

    GET("/api/v1/requests/{ref}/comments", REQUEST_READ, 0, handle_comment_list, QUERY("limit", "cursor")),
    WRITE("POST", "/api/v1/requests/{ref}/comments", REQUEST_COMMENT, IDEMPOTENT, handle_comment_create, KB(64)),
    GET("/api/v1/requests/{ref}/notes", NOTE_READ, 0, handle_note_list, QUERY("limit", "cursor")),
    WRITE("POST", "/api/v1/requests/{ref}/notes", NOTE_WRITE, IDEMPOTENT, handle_note_create, KB(64)),
    GET("/api/v1/requests/{ref}/history", REQUEST_READ, 0, handle_history_list, QUERY("limit", "cursor")),

    GET("/api/v1/open311", PUBLICATION_MANAGE, MEMORY, handle_open311_list, NULL),
    WRITE("PUT", "/api/v1/open311/{code}", PUBLICATION_MANAGE, 0, handle_open311_publish, KB(16)),
    WRITE("DELETE", "/api/v1/open311/{code}", PUBLICATION_MANAGE, 0, handle_open311_withdraw, 0),
    WRITE("PUT", "/api/v1/open311/{code}/keys/{client}", PUBLICATION_MANAGE, 0, handle_open311_key_give, 0),
    WRITE("DELETE", "/api/v1/open311/{code}/keys/{client}", PUBLICATION_MANAGE, 0, handle_open311_key_take, 0),
    OPEN311_GET("/v2/discovery.{format}", MEMORY, handle_open311_discovery, NULL),
    OPEN311_GET("/v2/services.{format}", MEMORY, handle_open311_services, NULL),
    OPEN311_GET("/v2/services/{service_code}.{format}", MEMORY, handle_open311_definition, NULL),
    OPEN311_GET("/v2/requests.{format}", 0, handle_open311_requests, OPEN311_REQUESTS),
    OPEN311_POST("/v2/requests.{format}", handle_open311_file),
    OPEN311_GET("/v2/requests/{id}.{format}", 0, handle_open311_request, OPEN311_REQUESTS),
    OPEN311_GET("/v2/request/{id}.{format}", 0, handle_open311_request, OPEN311_REQUESTS),
    OPEN311_GET("/v2/servicerequestupdates.{format}", 0, handle_open311_updates, "start_date", "end_date", "api_key"),
    OPEN311_POST("/v2/servicerequestupdates.{format}", handle_open311_update),
};
const size_t route_count = sizeof routes / sizeof *routes;
