/* From a row of schema/queries/request.sql to a struct request. */
#ifndef OAM_SERVICE_REQUEST_ROW_H
#define OAM_SERVICE_REQUEST_ROW_H

#include "model/request.h"
#include "store/store.h"

#define REQUEST_COLUMNS 31 /* of a row; some statements have more behind them */

struct request request_from_row(const struct rows *rows, size_t row);

#endif
