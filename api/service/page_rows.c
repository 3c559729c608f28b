#include "service/page_rows.h"

static const char *edge(const struct page_rows *page, size_t row, bool backwards)
{
    const struct cursor here = page->edge(page, row);
    return cursor_encode(page->call->arena, page->call->auth, page->kind, here.key, here.id, backwards);
}

bool page_rows_begin(struct page_rows *page, const struct page_input *asked, const char *const parts[], size_t n_parts)
{
    const struct call *call = page->call;
    page->kind = cursor_kind(parts, n_parts);
    page->limit = (size_t)asked->limit;
    page->continued = asked->cursor != NULL;
    return !asked->cursor || cursor_decode(call->auth, page->kind, asked->cursor, &page->at, call->err);
}

bool page_rows_finish(struct page_rows *page, struct tx *tx, struct json_out *out, const char **ret_next,
                      const char **ret_prev)
{
    if (!tx_flush(tx))
        return false;
    page->fetched = rows_count(page->rows);
    page_rows_write(page, out, ret_next, ret_prev);
    return true;
}

void page_rows_write(const struct page_rows *page, struct json_out *out, const char **ret_next, const char **ret_prev)
{
    const bool backwards = page->at.backwards, more = page->fetched > page->limit;
    const size_t count = more ? page->limit : page->fetched;
    *ret_next = *ret_prev = NULL;
    json_out_object_begin(out);
    json_out_name(out, "items");
    json_out_array_begin(out);
    for (size_t i = 0; i < count; i++)
        page->write(page, out, backwards ? count - 1 - i : i);
    json_out_array_end(out);
    if (count > 0 && (backwards ? more : page->continued))
        *ret_prev = edge(page, backwards ? count - 1 : 0, true);
    if (count > 0 && (backwards || more))
        *ret_next = edge(page, backwards ? 0 : count - 1, false);
    json_out_member_text(out, "next", *ret_next);
    json_out_member_text(out, "prev", *ret_prev);
    json_out_object_end(out);
}
