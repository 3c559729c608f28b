#include "service/holiday_import.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_out.h"
#include "service/holiday_import_internal.h"
#include "store/store.h"

#define STATEMENT_TIMEOUT_MS 60000
#define TOWNS_TOLD           30

enum { CHANGE_SIGN, CHANGE_CODE, CHANGE_BODY, CHANGE_DAY, CHANGE_NAME, CHANGE_WAS };
enum { ODDITY_KIND, ODDITY_INE5, ODDITY_NAME, ODDITY_YEAR, ODDITY_DAYS, ODDITY_NUCLEI };

static const char *text_or(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* ---- the report ---- */

static size_t count_of(const struct rows *changes, char sign)
{
    size_t n = 0;
    for (size_t i = 0; i < rows_count(changes); i++)
        n += rows_text(changes, i, CHANGE_SIGN)[0] == sign;
    return n;
}

/* Every day that is not as it was, under the body whose it is. */
static void tell_changes(const struct rows *changes, const struct holiday_import_options *options, FILE *report)
{
    const char *told = NULL;
    for (size_t i = 0; i < rows_count(changes); i++) {
        const char *sign = rows_text(changes, i, CHANGE_SIGN), *code = text_or(rows_text(changes, i, CHANGE_CODE), "");
        const char *name = rows_text(changes, i, CHANGE_NAME), *was = rows_text(changes, i, CHANGE_WAS);
        if (*sign == '=')
            continue;
        if (!told || strcmp(told, code) != 0)
            fprintf(report, *code ? "%s (%s)\n" : "%s\n",
                    text_or(rows_text(changes, i, CHANGE_BODY), text_or(options->scope, "")), code);
        told = code;
        fprintf(report, "  %s %s%s%s", sign, rows_text(changes, i, CHANGE_DAY), name ? "  " : "", text_or(name, ""));
        fprintf(report, was ? "  (was %s)\n" : "\n", was);
    }
}

/* Towns of one oddity and year on a line of their own. Returns the row behind them. */
static size_t tell_towns(const struct rows *oddities, size_t first, FILE *report)
{
    static const struct {
        const char *kind, *words;
    } words[] = {
        {"hamlets", "days of hamlets only (--nucleus INE=CODE takes over those of one)"},
        {"none", "no day in the file"},
        {"number", "not two days"},
        {"unknown", "not in the directory"},
    };
    const char *kind = rows_text(oddities, first, ODDITY_KIND);
    const int64_t year = rows_number(oddities, first, ODDITY_YEAR);
    size_t n = 0, row = first;
    while (row < rows_count(oddities) && strcmp(rows_text(oddities, row, ODDITY_KIND), kind) == 0 &&
           rows_number(oddities, row, ODDITY_YEAR) == year)
        row++;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].kind, kind) == 0)
            fprintf(report, "%" PRId64 ", %s: %zu:", year, words[i].words, row - first);
    for (size_t i = first; i < row && n < TOWNS_TOLD; i++, n++) {
        fprintf(report, "%s %s (%s", n > 0 ? "," : "", text_or(rows_text(oddities, i, ODDITY_NAME), "?"),
                rows_text(oddities, i, ODDITY_INE5));
        if (strcmp(kind, "hamlets") == 0)
            fprintf(report, ": %s", rows_text(oddities, i, ODDITY_NUCLEI));
        else if (strcmp(kind, "number") == 0)
            fprintf(report, ": %" PRId64, rows_number(oddities, i, ODDITY_DAYS));
        fputc(')', report);
    }
    fputs(row - first > n ? " …\n" : "\n", report);
    return row;
}

static void tell(const struct holiday_import_options *options, const struct holiday_file *file,
                 const struct rows *changes, const struct rows *oddities, FILE *report)
{
    tell_changes(changes, options, report);
    for (size_t row = 0; oddities && row < rows_count(oddities);)
        row = tell_towns(oddities, row, report);
    if (file->n_elsewhere > 0)
        fprintf(report, "rows that are no local holidays: %zu\n", file->n_elsewhere);
    if (file->n_other_years > 0)
        fprintf(report, "left out for their year: %zu\n", file->n_other_years);
    if (file->n_faults > 0)
        fprintf(report, "left out since they cannot be read: %zu\n", file->n_faults);
    fprintf(report, "%zu added, %zu removed, %zu changed, %zu as they were%s\n", count_of(changes, '+'),
            count_of(changes, '-'), count_of(changes, '~'), count_of(changes, '='),
            options->dry_run ? " (nothing was written)" : "");
}

/* ---- the import ---- */

/* {"25243": "011"}; NULL, after saying so, where one is not written like that. */
static const char *nuclei_json(const struct holiday_import_options *options, struct arena *arena, FILE *complaints)
{
    struct json_out out = json_out_new(arena, 256);
    json_out_object_begin(&out);
    for (size_t i = 0; i < options->n_nuclei; i++) {
        const char *text = options->nuclei[i];
        if (strlen(text) != 9 || text[5] != '=' || strspn(text, "0123456789") != 5 ||
            strspn(text + 6, "0123456789") != 3) {
            fprintf(complaints, "--nucleus %s: five digits of the town, =, three of the nucleus\n", text);
            return NULL;
        }
        json_out_key(&out, arena_strndup(arena, text, 5));
        json_out_text(&out, text + 6);
    }
    json_out_object_end(&out);
    return json_out_finish(&out, NULL);
}

static const char *source_of(const struct holiday_import_options *options, const struct holiday_file *file,
                             struct arena *arena)
{
    const char *slash = strrchr(options->path, '/');
    return arena_printf(arena, "%s%s", file->is_table ? "Generalitat dades obertes b4eh-r8up, " : "",
                        slash ? slash + 1 : options->path);
}

static bool complain(const struct error *err, FILE *complaints)
{
    fprintf(complaints, "%s", err->detail[0] ? err->detail : "failed");
    fprintf(complaints, err->where[0] ? " (%s)\n" : "\n", err->where);
    return false;
}

static bool write_days(struct store *store, const struct holiday_import_options *options,
                       const struct holiday_file *file, const char *nuclei, struct arena *arena, FILE *report,
                       FILE *complaints)
{
    struct error err = {.language = TEXT_EN, .arena = arena};
    const struct rows *changes = NULL, *oddities = NULL;
    tx_auto struct tx tx = {.store = NULL};
    if (!tx_begin(&tx, store, TX_WRITE, NULL, arena, &err))
        return complain(&err, complaints);
    tx_run(&tx, QUERY_CALENDAR_BECAUSE, NULL, param_text("import-holidays"),
           param_text(source_of(options, file, arena)));
    tx_run(&tx, QUERY_HOLIDAY_IMPORT, &changes, param_text(file->days),
           param_text(file->is_table ? "local" : options->scope), param_text(options->body), param_text(nuclei),
           param_text(source_of(options, file, arena)));
    if (file->is_table)
        tx_run(&tx, QUERY_HOLIDAY_IMPORT_ODDITIES, &oddities, param_text(file->days), param_text(nuclei));
    if (!tx_flush(&tx))
        return complain(&err, complaints);
    if (rows_count(changes) == 0) {
        fprintf(complaints, "%s: no day of it is anybody's%s\n", options->path,
                options->body ? "; is the code of --body right?" : "");
        return false;
    }
    if (!options->dry_run && !tx_commit(&tx))
        return complain(&err, complaints);
    tell(options, file, changes, oddities, report);
    return true;
}

bool holiday_import_run(const char *url, const struct holiday_import_options *options, FILE *report, FILE *complaints)
{
    struct arena *arena = arena_new(1 << 20);
    struct holiday_file file;
    const char *nuclei = nuclei_json(options, arena, complaints);
    bool done = nuclei && holiday_file_read(options, arena, complaints, &file);
    if (done && file.n_faults > 0 && !options->skip_faulty) {
        fputs("nothing was written; --skip-faulty leaves these out\n", complaints);
        done = false;
    }
    if (done) {
        struct store *store = store_new(
            &(struct store_settings){.url = url, .role = "oam_owner", .statement_timeout_ms = STATEMENT_TIMEOUT_MS});
        done = write_days(store, options, &file, nuclei, arena, report, complaints);
        store_free(store);
    }
    arena_free(arena);
    return done;
}
