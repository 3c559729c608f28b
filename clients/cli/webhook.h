/* A receiver of webhooks on this machine, for whoever tries one. */
#ifndef CLI_WEBHOOK_H
#define CLI_WEBHOOK_H

#include "cli.h"

/* Listens on 127.0.0.1, on the port given or a free one (NULL), and prints what comes signed by the secret in the file
 * ("-": standard input), until it is interrupted. What does not is refused with 401, and told. */
enum exit_code webhook_listen(struct cli *cli, const char *secret_file, const char *port_or_null);

#endif
