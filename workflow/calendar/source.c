#include "workflow/calendar/source.h"

#include <string.h>

/* Bytes of the character at a text that is not empty. */
static size_t character_length(const char *at)
{
    size_t length = 1;
    while (((unsigned char)at[length] & 0xc0) == 0x80)
        length++;
    return length;
}

bool source_fault(struct workflow_source_fault *ret_fault, size_t line, const char *what, const char *piece)
{
    const char *parts[] = {what, piece ? ": " : "", piece ? piece : ""};
    size_t length = 0, left = sizeof ret_fault->what - 1;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (const char *at = parts[i]; *at;) {
            const size_t n = character_length(at);
            left = n <= left ? left : 0; /* nothing behind what does not fit */
            for (size_t byte = 0; byte < n && left > 0; byte++, left--)
                ret_fault->what[length++] = (unsigned char)at[byte] < ' ' ? ' ' : at[byte];
            at += n;
        }
    ret_fault->what[length] = '\0';
    ret_fault->line = line;
    return false;
}

bool source_is_word(const char *text, const char *upper)
{
    for (; *text && *upper; text++, upper++)
        if (*text != *upper && (*upper < 'A' || *upper > 'Z' || *text != *upper + ('a' - 'A')))
            return false;
    return *text == *upper;
}

bool source_digits(const char *text, size_t n, int *ret_number)
{
    int number = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

bool source_date(const char *year, const char *month, const char *day, int32_t *ret_day)
{
    int y, m, d;
    return source_digits(year, 4, &y) && source_digits(month, 2, &m) && source_digits(day, 2, &d) &&
           workflow_date_day((struct workflow_date){.year = y, .month = (unsigned)m, .day = (unsigned)d}, ret_day);
}
