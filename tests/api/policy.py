"""Who may do what: the one table that the tenancy matrix expects. A route of the contract that is absent from it fails.

Columns are callers, seen from a submitted request of Aguilar de Segarra (`own`), one of Malla (`foreign` to the sides of towns,
`own` to those who see both) and none at all (`missing`). A cell is the status for `own`; what a caller may not see is 404 either way.
"""

# Callers of the matrix, and which of the two towns each may see. None: nobody at all.
CALLERS = {
    "local_user": "A", "signer": "B", "comptroller": "A", "operator": "AB", "agent": "AB", "agent_b": "AB", "technician": "AB", "technician_other": "AB",
    "unit_head": "AB", "supervisor": "AB", "admin": "AB", "integration": "AB", "integration_a": "A", "anonymous": None, "expired": None,
}
STAFF = ("operator", "agent", "agent_b", "technician", "technician_other", "unit_head", "supervisor", "admin")
TOWNS = ("local_user", "signer", "comptroller")
CLIENTS = ("integration", "integration_a")
EVERYBODY = STAFF + TOWNS + CLIENTS
KEEPERS = ("technician", "technician_other", "unit_head", "supervisor", "admin")


def row(status, callers, otherwise=403):
    return {caller: status if caller in callers else otherwise for caller in EVERYBODY}


PUBLIC = None  # the same for everybody, token or not
# operationId -> {caller: status for a request it sees}. Statuses at or over 500 appear nowhere.
POLICY = {
    "get_livez": PUBLIC, "get_readyz": PUBLIC, "get_metrics": PUBLIC, "get_openapi": PUBLIC, "get_problem_type": PUBLIC,
    "get_api_catalog": PUBLIC, "get_jwks": PUBLIC, "get_oauth_metadata": PUBLIC, "issue_token": PUBLIC, "create_session": PUBLIC,
    "get_open311_discovery": PUBLIC, "list_open311_services": PUBLIC, "get_open311_definition": PUBLIC,
    "list_open311_requests": PUBLIC, "file_open311_request": PUBLIC, "get_open311_request": PUBLIC, "get_open311_request_by_its_other_name": PUBLIC,
    "list_open311_updates": PUBLIC, "post_open311_update": PUBLIC,

    "delete_session": row(204, TOWNS + STAFF, 204), "get_me": row(200, EVERYBODY),
    "list_bodies": row(200, EVERYBODY), "get_body": row(200, EVERYBODY), "list_comarques": row(200, EVERYBODY),
    "list_units": row(200, EVERYBODY), "list_agents": row(200, EVERYBODY), "get_agent": row(200, EVERYBODY),
    # Of agent.bages.1, whose unit is the desk: `unit_head` is of another one. An absence that there is not is a 404.
    "list_absences": row(200, ("agent", "supervisor", "admin")), "create_absence": row(201, ("agent", "supervisor", "admin")),
    "delete_absence": row(404, ("agent", "supervisor", "admin")),
    "list_services": row(200, EVERYBODY), "get_service": row(200, EVERYBODY), "get_service_form": row(200, EVERYBODY),
    "list_workflows": row(200, EVERYBODY), "get_workflow": row(200, EVERYBODY),
    "get_workflow_diagram": row(200, EVERYBODY), "validate_workflow": row(200, STAFF), "simulate_workflow": row(200, STAFF),
    "replay_workflow": row(200, ("supervisor", "admin")),

    "list_workflow_versions": row(200, EVERYBODY),
    # Of nothing, of a version that there is not, of an id that nobody has.
    "publish_workflow": row(422, ("admin",)), "migrate_workflow": row(404, ("admin",)), "get_workflow_migration": row(404, ("admin",)),

    "list_requests": row(200, EVERYBODY), "list_events": row(200, EVERYBODY), "stream_events": row(200, EVERYBODY), "query_status": row(200, EVERYBODY),
    "create_request": row(201, TOWNS + CLIENTS + ("operator", "agent", "agent_b")),
    "create_requests": row(200, TOWNS + CLIENTS + ("operator", "agent", "agent_b")),
    "get_request": row(200, EVERYBODY), "get_status": row(200, EVERYBODY), "list_transitions": row(200, EVERYBODY),
    "list_members": row(200, EVERYBODY),
    # A general enquiry has nobody to invite: whoever might is told so.
    "invite_member": row(422, TOWNS + CLIENTS + ("operator", "agent", "agent_b")),
    "list_ballots": row(200, STAFF), "list_panels": row(200, STAFF), "get_panel": row(200, STAFF),
    # Under a version that it never had.
    "change_panel": row(412, ("supervisor", "admin")),
    "get_assignment": row(200, EVERYBODY), "list_comments": row(200, EVERYBODY), "list_history": row(200, EVERYBODY),
    # Submitted: no draft any more. Who never edits is told so before anything else.
    "update_request": row(409, TOWNS + CLIENTS),
    # `cancel` of a request that is assigned.
    "perform_transition": row(200, ("operator", "supervisor")),
    "reassign_request": row(200, ("operator", "supervisor", "agent")),
    "create_comment": row(201, EVERYBODY),
    # Of a webhook that there is not. An administrator has to say whose it is to be.
    "list_webhooks": row(200, CLIENTS + ("admin",)), "create_webhook": row(201, CLIENTS + ("admin",)),
    "get_webhook": row(404, CLIENTS + ("admin",)), "update_webhook": row(404, CLIENTS + ("admin",)),
    "delete_webhook": row(404, CLIENTS + ("admin",)), "rotate_webhook_secret": row(404, CLIENTS + ("admin",)),
    "ping_webhook": row(404, CLIENTS + ("admin",)), "redeliver_webhook": row(404, CLIENTS + ("admin",)),
    "list_webhook_deliveries": row(404, CLIENTS + ("admin",)),
    "get_calendar": row(200, EVERYBODY), "correct_calendar": row(201, ("admin",)),
    "get_address": row(200, TOWNS + STAFF), "ask_address": row(202, TOWNS + STAFF), "forget_address": row(204, TOWNS + STAFF),
    "confirm_address": row(409, TOWNS + STAFF),
    "list_notifications": row(200, EVERYBODY), "read_notifications": row(200, EVERYBODY),
    "list_incidents": row(200, ("supervisor", "admin")), "decide_incident": row(404, ("supervisor", "admin")),
    # Of the desk's unit, which neither of the technicians is of.
    "list_actions": row(200, EVERYBODY), "get_action": row(200, EVERYBODY), "list_amounts": row(200, EVERYBODY),
    **{operation: row(status, ("supervisor", "integration")) for operation, status in (
        ("create_action", 201), ("update_action", 200), ("create_milestone", 201), ("update_milestone", 200), ("create_amount", 201))},
    # Of an item that there is not, and of a hold that there is.
    "list_holds": row(200, EVERYBODY), "create_hold": row(422, ("supervisor", "integration")), "move_hold": row(200, ("supervisor", "integration")),
    "list_stock": row(200, EVERYBODY), "get_stock_item": row(404, EVERYBODY), "get_stock_availability": row(404, EVERYBODY),
    "list_stock_movements": row(404, STAFF), "list_stock_holds": row(404, STAFF),
    "create_stock_item": row(422, KEEPERS), "update_stock_item": row(404, KEEPERS), "create_stock_movement": row(404, KEEPERS),
    # Of Aguilar de Segarra.
    "get_body_summary": {**row(200, EVERYBODY), "signer": 404},
    "list_notes": row(200, STAFF), "create_note": row(201, STAFF),
    # Of a town that publishes nothing, to a client that there is not.
    "list_open311": row(200, ("admin",)), "publish_open311": row(422, ("admin",)), "withdraw_open311": row(404, ("admin",)),
    "give_open311_key": row(404, ("admin",)), "take_open311_key": row(404, ("admin",)),
    # Of a client that there is not.
    "list_clients": row(200, ("admin",)), "create_client": row(201, ("admin",)), "get_client": row(404, ("admin",)), "update_client": row(404, ("admin",)),
    "revoke_client": row(404, ("admin",)), "rotate_client_secret": row(404, ("admin",)),
}
ACTING = ("create_action", "update_action", "create_milestone", "update_milestone", "create_amount", "create_hold", "move_hold")
# Refused by role, before the request is looked for: foreign and missing are 403 like own.
BY_ROLE = {
    "update_request": STAFF, "invite_member": ("technician", "technician_other", "unit_head", "supervisor", "admin"), "list_ballots": TOWNS + CLIENTS, "list_notes": TOWNS + CLIENTS, "create_note": TOWNS + CLIENTS,
    "reassign_request": TOWNS + CLIENTS + ("technician", "technician_other", "unit_head", "admin"),
    **{operation: TOWNS + ("operator", "agent", "agent_b", "admin") for operation in ACTING},
}


def expected(operation, caller, place):
    """The status for `own` (A's request), `foreign` (B's) or `missing`."""
    if POLICY[operation] is PUBLIC:
        return None
    if CALLERS[caller] is None:
        return 401
    if caller in BY_ROLE.get(operation, ()):
        return 403
    if place == "missing" or {"own": "A", "foreign": "B"}[place] not in CALLERS[caller]:
        return 404
    if operation == "reassign_request" and caller in ("agent", "agent_b"):  # the one who has it may pass it on
        return 200 if (caller == "agent") == (place == "own") else 403
    return POLICY[operation][caller]
