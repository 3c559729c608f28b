/* Any bytes as scenarios of one procedure: either faults with places inside the text, or stories that end, of which
 * what is recorded goes as it is told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LABEL "'label':{'ca':'x','en':'x'}"
#define OPEN  LABEL ",'phase':'study'"

static const char chart[] =
    "{'format':'oam-wf/1','key':'scene','version':1,'title':{'ca':'e','en':'e'},"
    "'roles':{'all':{" LABEL ",'from':'team'},'board':{" LABEL ",'from':'panel'}},"
    "'calendars':{'legal':{'union':['seat','applicant_entity']},'office':{'union':['seat'],'hours':'mon-fri "
    "08:00-15:00'}},"
    "'clocks':{'reply':{" LABEL ",'budget':{'habils':10},'calendar':'legal','kind':'legal'},"
    "'hours':{" LABEL ",'budget':{'work_hours':10},'calendar':'office','kind':'service'}},"
    "'panels':{'panel':{'members':'board','quorum':2,'approve':'majority','chair_breaks_tie':true}},"
    "'data':{'text':{'type':'string'},'n':{'type':'int','min':0,'max':9},'day':{'type':'date'},'at':{'type':'instant'},"
    "'kind':{'type':'enum','of':['a','b']},'yes':{'type':'bool'},'towns':{'type':'list','of':'ref'}},"
    "'initial':'open','states':{"
    "'open':{" OPEN ",'entry':[{'fx':'clock_start','clock':'reply'},{'fx':'clock_start','clock':'hours'}],'on':{"
    "'answer':[{'role':'all','require':['text'],'check':[{'expr':'data.n > 3','msg':{'ca':'poc','en':'few'}}],"
    "'set':{'n':'data.n - 1'},'to':'end','do':[{'fx':'notify','to':'all'}]}],"
    "'board':[{'role':'all','to':'voting'}],'towns':[{'role':'all','to':'asking'}]},"
    "'after':[{'id':'soon','clock':'hours','at':'50%','window':'office','do':[{'fx':'notify','to':'all'}]},"
    "{'id':'late','clock':'reply','at':'100%','to':'gone'},{'id':'dated','on_date':'data.day','to':'voting'}]},"
    "'voting':{" OPEN ",'pause':['reply'],'vote':{'panel':'panel','event':'ballot'," LABEL
    ",'deadline':{'id':'deadline','in':{'days':3},'calendar':'legal'}},'on':{'vote.passed':[{'to':'end'}],"
    "'vote.failed':[{'to':'open'}]}},"
    "'asking':{" OPEN ",'type':'each','over':'data.towns','join':{'all':true},'initial':'asked','states':{"
    "'asked':{" OPEN ",'on':{'join':[{'role':'all','to':'joined'}]},'after':[{'id':'silent','in':{'habils':5},"
    "'calendar':'legal','to':'joined'}]},'joined':{" LABEL ",'type':'final'}},'on_done':[{'to':'end'}],"
    "'after':[{'id':'nag','in':{'days':1},'calendar':'legal','repeat':10,'do':[{'fx':'notify','to':'all'}]}]},"
    "'end':{" LABEL ",'type':'final','phase':'end','outcome':'completed'},"
    "'gone':{" LABEL ",'type':'final','phase':'end','outcome':'withdrawn'}}}";

static void promise(bool kept)
{
    if (!kept)
        abort();
}

static const struct workflow *procedure(void)
{
    static const struct workflow *parsed;
    static char text[sizeof(chart)];

    if (parsed)
        return parsed;
    for (size_t i = 0; i < sizeof(chart); i++)
        text[i] = chart[i] == '\'' ? '"' : chart[i];
    parsed = workflow_parse(text, strlen(text), NULL, 0, NULL);
    promise(parsed != NULL);
    return parsed;
}

static void check_report(const struct workflow_scenarios_report *report, size_t lines)
{
    promise(report->n_told <= WORKFLOW_DIFFERENCES_MAX && report->n_told <= report->n_differences);
    promise(report->n_taken <= report->n_transitions && report->n_seen <= report->n_branches);
    promise((report->n_failed == 0) == (report->n_differences == 0));
    for (size_t i = 0; i < report->n_told; i++)
        promise(report->differences[i].where.line >= 1 && report->differences[i].where.line <= lines &&
                report->differences[i].scenario < report->n_scenarios && report->differences[i].expected &&
                report->differences[i].found);
}

/* A procedure that fails is a difference whatever is expected; everything else can be told. */
static bool is_faulty(const struct workflow_scenarios_report *report)
{
    for (size_t i = 0; i < report->n_told; i++)
        if (strcmp(report->differences[i].what, "fault") == 0)
            return true;
    return report->n_told < report->n_differences;
}

static void check_record(const struct workflow_scenarios *scenarios)
{
    char *recorded = workflow_scenarios_record(scenarios);
    struct workflow_scenarios *again =
        workflow_scenarios_read(procedure(), recorded, strlen(recorded), NULL, NULL, 0, NULL);
    struct workflow_scenarios_report *report = again ? workflow_scenarios_run(again) : NULL;

    promise(!again || (report && report->n_differences == 0));
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(again);
    free(recorded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workflow_fault faults[WORKFLOW_FAULTS_MAX];
    struct workflow_scenarios_report *report;
    struct workflow_scenarios *scenarios;
    size_t n = 0, lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    scenarios = workflow_scenarios_read(procedure(), (const char *)data, size, NULL, faults, WORKFLOW_FAULTS_MAX, &n);
    promise((scenarios == NULL) == (n > 0));
    for (size_t i = 0; i < n; i++)
        promise(faults[i].line >= 1 && faults[i].line <= lines && faults[i].code[0] && faults[i].message[0]);
    if (!scenarios)
        return 0;
    report = workflow_scenarios_run(scenarios);
    promise(report != NULL);
    check_report(report, lines);
    if (!is_faulty(report))
        check_record(scenarios);
    workflow_scenarios_report_free(report);
    workflow_scenarios_free(scenarios);
    return 0;
}
