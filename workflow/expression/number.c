/*
 * Decimal to binary and back through integers as long as it takes. Slow beside the algorithms of libc, but these are
 * the numbers of a definition, read once; and the result is exact by construction, not by case analysis.
 */
#include "workflow/expression/number.h"

#include <string.h>

enum {
    BIG_WORDS = 160,    /* 5120 bits; the longest here is 10^1126 shifted by 64 */
    DIGITS_MAX = 800,   /* of a decimal: 767 decide every case, what follows only says "and a little more" */
    EXACT_DIGITS = 1100 /* of a double written out in full */
};

/* A natural number, least significant word first; n counts words without leading zeros. */
struct big {
    uint32_t n;
    uint32_t words[BIG_WORDS];
};

static void big_multiply_add(struct big *b, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (uint32_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->words[i] * factor;
        b->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0 && b->n < BIG_WORDS)
        b->words[b->n++] = (uint32_t)carry;
}

static void big_shift_left(struct big *b, unsigned bits)
{
    unsigned words = bits / 32, rest = bits % 32;
    if (b->n == 0)
        return;
    if (rest != 0)
        big_multiply_add(b, (uint32_t)1 << rest, 0);
    if (b->n + words > BIG_WORDS)
        words = BIG_WORDS - b->n;
    memmove(b->words + words, b->words, b->n * sizeof b->words[0]);
    memset(b->words, 0, words * sizeof b->words[0]);
    b->n += words;
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

/* a -= b, for a >= b. */
static void big_subtract(struct big *a, const struct big *b)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t take = (i < b->n ? b->words[i] : 0) + borrow;
        borrow = a->words[i] < take;
        a->words[i] = (uint32_t)(a->words[i] - take);
    }
    while (a->n > 0 && a->words[a->n - 1] == 0)
        a->n--;
}

/* b /= 10^9; returns the remainder. */
static uint32_t big_divide_billion(struct big *b)
{
    uint64_t rest = 0;
    for (uint32_t i = b->n; i-- > 0;) {
        rest = rest << 32 | b->words[i];
        b->words[i] = (uint32_t)(rest / 1000000000u);
        rest %= 1000000000u;
    }
    while (b->n > 0 && b->words[b->n - 1] == 0)
        b->n--;
    return (uint32_t)rest;
}

static unsigned big_bits(const struct big *b)
{
    return b->n == 0 ? 0 : b->n * 32 - (unsigned)__builtin_clz(b->words[b->n - 1]);
}

/* Rounds quotient * 2^-shift, and a little more if sticky, half to even. False when it is beyond the largest double. */
static bool round_to_double(uint64_t quotient, int shift, bool sticky, double *ret)
{
    int top = 63 - __builtin_clzll(quotient), exponent = top - shift;
    if (exponent > 1023)
        return false;
    int precision = exponent >= -1022 ? 53 : 53 - (-1022 - exponent);
    if (precision < 0) {
        *ret = 0;
        return true;
    }
    int drop = top + 1 - precision;
    uint64_t mantissa = drop < 64 ? quotient >> drop : 0;
    uint64_t dropped = quotient & (drop < 64 ? ((uint64_t)1 << drop) - 1 : UINT64_MAX),
             half = (uint64_t)1 << (drop - 1);
    if (dropped > half || (dropped == half && (sticky || (mantissa & 1) != 0)))
        mantissa++;
    uint64_t bits = mantissa;
    if (exponent >= -1022)
        bits = ((uint64_t)(exponent + 1023) << 52) + (mantissa - ((uint64_t)1 << 52));
    if (bits >= (uint64_t)0x7ff << 52)
        return false;
    memcpy(ret, &bits, sizeof bits);
    return true;
}

/* The double nearest to digits * 10^exponent; n digits of values 0 to 9, the first not 0. */
static bool double_of_digits(const unsigned char *digits, size_t n, int exponent, double *ret)
{
    struct big numerator = {0}, denominator = {.n = 1, .words = {1}};
    *ret = 0;
    if (n == 0 || (int)n + exponent < -325)
        return true;
    if ((int)n + exponent > 310)
        return false;
    for (size_t i = 0; i < n; i++)
        big_multiply_add(&numerator, 10, digits[i]);
    for (int i = 0; i < exponent; i++)
        big_multiply_add(&numerator, 10, 0);
    for (int i = 0; i > exponent; i--)
        big_multiply_add(&denominator, 10, 0);

    /* Scaled so that the quotient has 63 or 64 bits. */
    int shift = 63 - ((int)big_bits(&numerator) - (int)big_bits(&denominator));
    if (shift > 0)
        big_shift_left(&numerator, (unsigned)shift);
    else
        big_shift_left(&denominator, (unsigned)-shift);
    big_shift_left(&denominator, 63);
    uint64_t quotient = 0;
    for (int i = 0; i < 64; i++) {
        quotient <<= 1;
        if (big_compare(&numerator, &denominator) >= 0) {
            big_subtract(&numerator, &denominator);
            quotient |= 1;
        }
        big_shift_left(&numerator, 1);
    }
    return round_to_double(quotient, shift, numerator.n != 0, ret);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool number_parse_int(const char *text, size_t length, int64_t *ret)
{
    size_t i = 0;
    bool negative = length > 0 && text[0] == '-';
    if (length > 0 && (text[0] == '-' || text[0] == '+'))
        i = 1;
    if (i == length)
        return false;
    int64_t value = 0; /* counted downwards, where there is room for one more */
    for (; i < length; i++)
        if (!is_digit(text[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, text[i] - '0', &value))
            return false;
    if (!negative && value == INT64_MIN)
        return false;
    *ret = negative ? value : -value;
    return true;
}

/* The significant digits of a decimal and its exponent. */
struct decimal {
    unsigned char digits[DIGITS_MAX];
    size_t n;
    int exponent; /* the value is digits * 10^exponent */
    bool any;     /* there was a digit at all, zeros included */
};

static void decimal_add(struct decimal *d, char digit, bool after_point)
{
    d->any = true;
    if (d->n == 0 && digit == '0') {
        d->exponent -= after_point;
        return;
    }
    if (d->n < DIGITS_MAX) {
        d->digits[d->n++] = (unsigned char)(digit - '0');
        d->exponent -= after_point;
        return;
    }
    d->exponent += !after_point;
    if (digit != '0') /* keeps a tie from looking like one */
        d->digits[DIGITS_MAX - 1] |= 1;
}

static bool parse_exponent(const char *text, size_t length, int *ret)
{
    int64_t value = 0;
    size_t sign = length > 0 && (text[0] == '+' || text[0] == '-');
    if (length == sign)
        return false;
    for (size_t i = sign; i < length; i++) {
        if (!is_digit(text[i]))
            return false;
        if (value < 1000000)
            value = value * 10 + (text[i] - '0');
    }
    *ret = (int)(text[0] == '-' ? -value : value);
    return true;
}

static bool text_is(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

static bool parse_special(const char *text, size_t length, double *ret)
{
    if (text_is(text, length, "NaN"))
        *ret = __builtin_nan("");
    else if (text_is(text, length, "Infinity") || text_is(text, length, "+Infinity"))
        *ret = __builtin_inf();
    else if (text_is(text, length, "-Infinity"))
        *ret = -__builtin_inf();
    else
        return false;
    return true;
}

bool number_parse_double(const char *text, size_t length, double *ret)
{
    struct decimal d = {.n = 0};
    size_t i = length > 0 && (text[0] == '-' || text[0] == '+');
    bool point = false;
    for (; i < length && (is_digit(text[i]) || (text[i] == '.' && !point)); i++)
        if (text[i] == '.')
            point = true;
        else
            decimal_add(&d, text[i], point);
    if (!d.any)
        return parse_special(text, length, ret);
    int exponent = 0;
    if (i < length && ((text[i] != 'e' && text[i] != 'E') || !parse_exponent(text + i + 1, length - i - 1, &exponent)))
        return false;
    if (!double_of_digits(d.digits, d.n, d.exponent + exponent, ret))
        return false;
    if (text[0] == '-')
        *ret = -*ret;
    return true;
}

size_t number_print_int(int64_t integer, char *ret_text)
{
    char backwards[NUMBER_TEXT_MAX];
    size_t n = 0, length = 0;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        backwards[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (integer < 0)
        ret_text[length++] = '-';
    while (n > 0)
        ret_text[length++] = backwards[--n];
    return length;
}

/* Writes a positive finite double out in full; ret_point says where in the digits the decimal point stands. */
static size_t exact_digits(double real, unsigned char *ret_digits, int *ret_point)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & (((uint64_t)1 << 52) - 1);
    if (exponent != 0)
        mantissa |= (uint64_t)1 << 52;
    else
        exponent = 1;
    exponent -= 1075;
    struct big b = {.n = 2, .words = {(uint32_t)mantissa, (uint32_t)(mantissa >> 32)}};
    while (b.n > 0 && b.words[b.n - 1] == 0)
        b.n--;
    if (exponent > 0)
        big_shift_left(&b, (unsigned)exponent);
    for (int i = 0; i > exponent; i--)
        big_multiply_add(&b, 5, 0);

    size_t n = EXACT_DIGITS;
    while (b.n > 0) {
        uint32_t nine = big_divide_billion(&b);
        for (int i = 0; i < 9; i++, nine /= 10)
            ret_digits[--n] = (unsigned char)(nine % 10);
    }
    while (n < EXACT_DIGITS && ret_digits[n] == 0)
        n++;
    memmove(ret_digits, ret_digits + n, EXACT_DIGITS - n);
    n = EXACT_DIGITS - n;
    *ret_point = (int)n + (exponent < 0 ? exponent : 0);
    return n;
}

/* Rounds n digits to `precision` of them, half to even. Returns how many are left; ret_carry: there is one more before.
 */
static size_t round_digits(const unsigned char *digits, size_t n, size_t precision, unsigned char *ret, bool *ret_carry)
{
    size_t kept = n < precision ? n : precision;
    memcpy(ret, digits, kept);
    *ret_carry = false;
    bool up = n > kept && digits[kept] > 5;
    if (n > kept && digits[kept] == 5) {
        up = (digits[kept - 1] & 1) != 0;
        for (size_t i = kept + 1; i < n && !up; i++)
            up = digits[i] != 0;
    }
    size_t i = kept;
    while (up && i > 0 && ret[i - 1] == 9)
        ret[--i] = 0;
    if (up && i > 0) {
        ret[i - 1]++;
    } else if (up) {
        ret[0] = 1;
        *ret_carry = true;
    }
    while (kept > 1 && ret[kept - 1] == 0)
        kept--;
    return kept;
}

/* The fewest digits that read back as the same double: 17 always do. */
static size_t shortest_digits(double real, unsigned char *ret_digits, int *ret_point)
{
    unsigned char exact[EXACT_DIGITS];
    int point;
    size_t n = exact_digits(real, exact, &point), kept = 0;
    for (size_t precision = 1; precision <= 17; precision++) {
        bool carry;
        double back;
        kept = round_digits(exact, n, precision, ret_digits, &carry);
        *ret_point = point + carry;
        if (double_of_digits(ret_digits, kept, *ret_point - (int)kept, &back) && back == real)
            break;
    }
    return kept;
}

static size_t print_special(double real, char *ret_text)
{
    const char *word = real != real ? "NaN" : real == 0 ? "0" : real > 0 ? "Infinity" : "-Infinity";
    memcpy(ret_text, word, strlen(word));
    return strlen(word);
}

static size_t put(char *text, size_t at, const unsigned char *digits, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        text[at++] = (char)('0' + digits[i]);
    return at;
}

static size_t put_zeros(char *text, size_t at, int n)
{
    for (int i = 0; i < n; i++)
        text[at++] = '0';
    return at;
}

size_t number_print_double(double real, char *ret_text)
{
    if (real != real || real == 0 || real > 1.7976931348623157e308 || real < -1.7976931348623157e308)
        return print_special(real, ret_text);
    unsigned char digits[20];
    int point;
    size_t at = 0, n = shortest_digits(real < 0 ? -real : real, digits, &point);
    if (real < 0)
        ret_text[at++] = '-';
    if (point > 21 || point < -5) { /* d.ddde+x */
        at = put(ret_text, at, digits, 0, 1);
        if (n > 1)
            ret_text[at++] = '.';
        at = put(ret_text, at, digits, 1, n);
        ret_text[at++] = 'e';
        if (point > 0)
            ret_text[at++] = '+';
        return at + number_print_int(point - 1, ret_text + at);
    }
    if (point <= 0) { /* 0.000ddd */
        memcpy(ret_text + at, "0.", 2);
        at = put_zeros(ret_text, at + 2, -point);
        return put(ret_text, at, digits, 0, n);
    }
    if ((size_t)point >= n) { /* ddd000 */
        at = put(ret_text, at, digits, 0, n);
        return put_zeros(ret_text, at, point - (int)n);
    }
    at = put(ret_text, at, digits, 0, (size_t)point);
    ret_text[at++] = '.';
    return put(ret_text, at, digits, (size_t)point, n);
}
