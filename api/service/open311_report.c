#include "service/open311_report.h"

void open311_report_tell(struct json_out *out, const struct open311_report *report)
{
    json_out_name(out, "report");
    json_out_object_begin(out);
    json_out_member_raw(out, "lat", report->latitude);
    json_out_member_raw(out, "long", report->longitude);
    json_out_member_text(out, "address", report->address);
    json_out_member_text(out, "address_id", report->address_id);
    json_out_member_text(out, "media_url", report->media_url);
    json_out_object_end(out);
}

void open311_report_queue(struct tx *tx, const char *ref, const struct open311_report *report)
{
    tx_run(tx, QUERY_OPEN311_REPORT_ADD, NULL, param_text(ref), param_text(report->latitude),
           param_text(report->longitude), param_text(report->address), param_text(report->address_id),
           param_text(report->media_url));
}
