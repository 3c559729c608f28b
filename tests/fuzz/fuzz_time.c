/* Any bytes as a time: what is read is written the same, to the millisecond. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TIME_TEXT_SIZE];
    int64_t at_us, again;
    if (!time_parse((const char *)data, size, true, &at_us))
        return 0;
    /* An offset can lead out of the years that four digits write. */
    if (at_us < INT64_C(-62135596800000000) || at_us > INT64_C(253402300799999999))
        return 0;
    (void)time_format(at_us, text);
    if (!time_parse(text, strlen(text), false, &again) || again != at_us - ((at_us % 1000) + 1000) % 1000)
        abort();
    return 0;
}
