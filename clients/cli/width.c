/* How wide a text is on a terminal, and printing it without what would command the terminal. */
#include "cli.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* One character and its bytes; bad UTF-8 counts byte by byte as U+FFFD. */
static size_t decode(const char *text, uint32_t *ret_code)
{
    const unsigned char *b = (const unsigned char *)text;
    size_t n = b[0] < 0x80 ? 1 : b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : b[0] >= 0xC2 ? 2 : 0;
    uint32_t code = n <= 1 ? b[0] : b[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((b[i] & 0xC0) != 0x80) {
            n = 0;
            break;
        }
        code = code << 6 | (b[i] & 0x3F);
    }
    *ret_code = n == 0 ? 0xFFFD : code;
    return n == 0 ? 1 : n;
}

static size_t code_width(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } none[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},
                {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}},
      wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xAC00, 0xD7A3},
                {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
                {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (c >= none[i].first && c <= none[i].last)
            return 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return 2;
    return 1;
}

/* The cells that the first bytes of a text take. */
size_t text_width_of(const char *text, size_t bytes)
{
    size_t width = 0;
    for (size_t done = 0; done < bytes && text[done];) {
        uint32_t code;
        done += decode(text + done, &code);
        width += code_width(code);
    }
    return width;
}

size_t text_width(const char *text)
{
    return text_width_of(text, SIZE_MAX);
}

/* How many bytes of text fit in width. */
size_t text_clip(const char *text, size_t width)
{
    const char *p = text;
    size_t used = 0;
    while (*p) {
        uint32_t code;
        size_t bytes = decode(p, &code);
        used += code_width(code);
        if (used > width)
            break;
        p += bytes;
    }
    return (size_t)(p - text);
}

/* Prints text with control characters and turns of direction as blanks: what others wrote must not drive the terminal.
 */
void print_clean(FILE *out, const char *text, size_t bytes)
{
    const char *end = text + bytes;
    while (text < end && *text) {
        uint32_t code;
        size_t n = decode(text, &code);
        bool turns = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
        if (code < 0x20 || (code >= 0x7F && code < 0xA0) || turns)
            fputc(' ', out);
        else
            fwrite(text, 1, n, out);
        text += n;
    }
}

/* How much of a line fits: bytes to print, and with ret_skip those to leave out behind them. Breaks at the last blank,
 * or inside a word that is longer than the line. */
static size_t line_break(const char *text, size_t length, size_t width, size_t *ret_skip)
{
    size_t fits = text_clip(text, width);
    *ret_skip = 0;
    if (fits >= length)
        return length;
    size_t at = fits;
    while (at > 0 && text[at] != ' ')
        at--;
    if (at == 0)
        return fits > 0 ? fits : 1;
    *ret_skip = 1;
    return at;
}

/* A text of several lines, all but the first behind indent blanks; width 0 breaks at its own line ends only. */
void print_block(FILE *out, const char *text, size_t indent, size_t width)
{
    size_t room = width > indent + 10 ? width - indent : 0;
    size_t before = 0;
    do {
        size_t length = strcspn(text, "\n");
        size_t skip = 0;
        size_t bytes = room ? line_break(text, length, room, &skip) : length;
        if (bytes > 0)
            fprintf(out, "%*s", (int)before, "");
        print_clean(out, text, bytes);
        fputc('\n', out);
        text += bytes + skip;
        text += *text == '\n';
        before = indent;
    } while (*text);
}

/* Cells of a line of the terminal; 0 where out is none. */
size_t terminal_width(FILE *out)
{
    struct winsize size;
    int descriptor = fileno(out);
    if (!isatty(descriptor))
        return 0;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}
