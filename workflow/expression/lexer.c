#include "workflow/expression/lexer.h"

#include <string.h>

#include "workflow/expression/memory.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool token_is(const struct token *token, const char *sign)
{
    return token->kind == TOKEN_SIGN && token->length == strlen(sign) && memcmp(token->text, sign, token->length) == 0;
}

bool token_is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_NAME && token->length == strlen(word) && memcmp(token->text, word, token->length) == 0;
}

/* Bytes of the character that begins here, 0 when none does. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool beyond = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return overlong || beyond ? 0 : n;
}

bool lexer_is_utf8(const char *text, size_t length, size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < length;) {
        size_t n = utf8_length((const unsigned char *)text + *ret_at, length - *ret_at);
        if (n == 0)
            return false;
        *ret_at += n;
    }
    return true;
}

static size_t utf8_encode(uint32_t c, char *ret)
{
    if (c < 0x80) {
        ret[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        ret[i] = (char)(0x80 | (c & 0x3f));
    ret[0] = (char)((0xf00 >> n & 0xf0) | c);
    return n;
}

static bool fail(struct lexer *lexer, size_t offset, size_t length, const char *message)
{
    struct syntax_span span = {(uint32_t)offset, (uint32_t)length};
    return syntax_fault(lexer->faults, lexer->text, span, "syntax", "%s", message);
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->length ? lexer->text[lexer->at + ahead] : '\0';
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->length) {
        char c = lexer->text[lexer->at];
        if (c == '/' && peek(lexer, 1) == '/')
            while (lexer->at < lexer->length && lexer->text[lexer->at] != '\n')
                lexer->at++;
        else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f')
            lexer->at++;
        else
            return;
    }
}

/* A code point of n digits to a base at *at, which moves behind them; false: not so many, or no character. */
static bool read_code(const char *text, size_t end, size_t *at, size_t n, int base, uint32_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++, (*at)++) {
        int digit = *at < end ? hex_value(text[*at]) : -1;
        if (digit < 0 || digit >= base)
            return false;
        *ret = *ret * (uint32_t)base + (uint32_t)digit;
    }
    return *ret <= 0x10ffff && (*ret < 0xd800 || *ret > 0xdfff);
}

/* Decodes the escape behind a backslash at *at; returns the bytes written, 0 when there is no such escape. */
static size_t decode_escape(const char *text, size_t end, size_t *at, char *ret)
{
    static const char plain[] = "abfnrtv\\?\"'`", meaning[] = "\a\b\f\n\r\t\v\\?\"'`";
    char c = *at < end ? text[*at] : '\0';
    for (size_t i = 0; plain[i] != '\0'; i++) {
        if (c == plain[i]) {
            (*at)++;
            ret[0] = meaning[i];
            return 1;
        }
    }
    uint32_t code;
    bool fine;
    if (c >= '0' && c <= '3') {
        fine = read_code(text, end, at, 3, 8, &code);
    } else {
        size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        (*at)++;
        fine = digits > 0 && read_code(text, end, at, digits, 16, &code);
    }
    return fine ? utf8_encode(code, ret) : 0;
}

/* Where the string ends that is quoted by n quotes and begins at `from`; lexer->length when it does not. */
static size_t find_quote(const struct lexer *lexer, size_t from, char quote, size_t n, bool raw)
{
    for (size_t i = from; i + n <= lexer->length; i++) {
        char c = lexer->text[i];
        if (c == quote && (n == 1 || (lexer->text[i + 1] == quote && lexer->text[i + 2] == quote)))
            return i;
        if (n == 1 && (c == '\n' || c == '\r'))
            break;
        if (c == '\\' && !raw)
            i++;
    }
    return lexer->length;
}

/* Reads a string whose quotes begin `prefix` bytes ahead. */
static bool read_string(struct lexer *lexer, size_t prefix, bool raw, struct token *ret)
{
    size_t begin = lexer->at, open = begin + prefix;
    char quote = lexer->text[open];
    size_t n = open + 2 < lexer->length && lexer->text[open + 1] == quote && lexer->text[open + 2] == quote ? 3 : 1;
    size_t from = open + n, end = find_quote(lexer, from, quote, n, raw);
    if (end == lexer->length)
        return fail(lexer, begin, lexer->length - begin, "This string is not closed");
    ret->kind = TOKEN_STRING;
    ret->text = lexer->text + from;
    ret->length = (uint32_t)(end - from);
    lexer->at = end + n;
    if (raw || ret->length == 0)
        return true;
    char *decoded = memory_take(lexer->memory, end - from + 4);
    if (decoded == NULL)
        return fail(lexer, begin, end - begin, "There is not enough memory to read this");
    size_t length = 0;
    for (size_t i = from; i < end;) {
        if (lexer->text[i] != '\\') {
            decoded[length++] = lexer->text[i++];
            continue;
        }
        size_t escape = i++, bytes = decode_escape(lexer->text, end, &i, decoded + length);
        if (bytes == 0)
            return fail(lexer, escape, (i < end ? i : end) - escape, "There is no such escape in a string");
        length += bytes;
    }
    ret->text = decoded;
    ret->length = (uint32_t)length;
    return true;
}

static void read_digits(struct lexer *lexer)
{
    while (is_digit(peek(lexer, 0)))
        lexer->at++;
}

/* The shape of a number; its value is for the parser, who knows its sign. */
static bool read_number(struct lexer *lexer, struct token *ret)
{
    size_t begin = lexer->at;
    ret->kind = TOKEN_INT;
    if (peek(lexer, 0) == '0' && peek(lexer, 1) == 'x' && hex_value(peek(lexer, 2)) >= 0) {
        lexer->at += 2;
        while (hex_value(peek(lexer, 0)) >= 0)
            lexer->at++;
    } else {
        read_digits(lexer);
        if (peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
            ret->kind = TOKEN_DOUBLE;
            lexer->at++;
            read_digits(lexer);
        }
        size_t sign = peek(lexer, 1) == '+' || peek(lexer, 1) == '-';
        if ((peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') && is_digit(peek(lexer, 1 + sign))) {
            ret->kind = TOKEN_DOUBLE;
            lexer->at += 1 + sign;
            read_digits(lexer);
        }
    }
    ret->text = lexer->text + begin;
    ret->length = (uint32_t)(lexer->at - begin);
    if (ret->kind == TOKEN_INT && (peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U'))
        return syntax_fault(lexer->faults, lexer->text, (struct syntax_span){(uint32_t)begin, ret->length + 1},
                            "not_supported", "There is no uint here: write %b", ret->text, (size_t)ret->length);
    return true;
}

/* A name between backquotes, for fields that are no identifiers. */
static bool read_quoted(struct lexer *lexer, struct token *ret)
{
    size_t begin = lexer->at++;
    for (char c = peek(lexer, 0); is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
         c = peek(lexer, 0))
        lexer->at++;
    if (peek(lexer, 0) != '`' || lexer->at == begin + 1)
        return fail(lexer, begin, lexer->at - begin, "A quoted name has letters, digits and _ . - / and blanks only");
    ret->kind = TOKEN_QUOTED;
    ret->text = lexer->text + begin + 1;
    ret->length = (uint32_t)(lexer->at - begin - 1);
    lexer->at++;
    return true;
}

static bool read_sign(struct lexer *lexer, struct token *ret)
{
    static const char *const signs[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
                                        "%",  "!",  "?",  ":",  "(",  ")",  "[", "]", "{", "}", ".", ","};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t n = strlen(signs[i]);
        if (lexer->length - lexer->at >= n && memcmp(lexer->text + lexer->at, signs[i], n) == 0) {
            *ret = (struct token){.kind = TOKEN_SIGN, .text = lexer->text + lexer->at, .length = (uint32_t)n};
            lexer->at += n;
            return true;
        }
    }
    size_t n = utf8_length((const unsigned char *)lexer->text + lexer->at, lexer->length - lexer->at);
    struct syntax_span span = {(uint32_t)lexer->at, (uint32_t)n};
    return syntax_fault(lexer->faults, lexer->text, span, "syntax", "%b has no meaning here", lexer->text + lexer->at,
                        n);
}

/* How many letters of r and b stand before a quote, if any; ret_raw, ret_bytes say which. */
static size_t string_prefix(const struct lexer *lexer, bool *ret_raw, bool *ret_bytes)
{
    size_t n = 0;
    *ret_raw = *ret_bytes = false;
    for (; n < 2; n++) {
        char c = peek(lexer, n);
        if ((c == 'r' || c == 'R') && !*ret_raw)
            *ret_raw = true;
        else if ((c == 'b' || c == 'B') && !*ret_bytes)
            *ret_bytes = true;
        else
            break;
    }
    return peek(lexer, n) == '\'' || peek(lexer, n) == '"' ? n : 3;
}

static bool read_token(struct lexer *lexer, struct token *ret)
{
    char c = lexer->text[lexer->at];
    bool raw, bytes;
    size_t prefix = string_prefix(lexer, &raw, &bytes);
    if (prefix < 3 && bytes)
        return syntax_fault(lexer->faults, lexer->text, (struct syntax_span){(uint32_t)lexer->at, (uint32_t)prefix},
                            "not_supported", "There are no bytes here: write a string");
    if (prefix < 3)
        return read_string(lexer, prefix, raw, ret);
    if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1))))
        return read_number(lexer, ret);
    if (c == '`')
        return read_quoted(lexer, ret);
    if (!is_letter(c))
        return read_sign(lexer, ret);
    ret->kind = TOKEN_NAME;
    ret->text = lexer->text + lexer->at;
    while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
        lexer->at++;
    ret->length = (uint32_t)(lexer->text + lexer->at - ret->text);
    return true;
}

bool lexer_next(struct lexer *lexer, struct token *ret)
{
    skip_blanks(lexer);
    size_t begin = lexer->at;
    *ret = (struct token){.kind = TOKEN_END, .text = ""};
    bool fine = begin == lexer->length || read_token(lexer, ret);
    ret->span = (struct syntax_span){(uint32_t)begin, (uint32_t)(lexer->at - begin)};
    return fine;
}
