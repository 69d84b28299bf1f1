// A verb of the command line: declared as data, so that help, checks and the reference come from one place.
#pragma once

#include "core/command/session.h"

namespace athanor::command {

struct Verb {
    QString noun;
    QString name;            // empty for nouns that are verbs themselves (evaluate, generate, doctor)
    QString words;           // "NAME [TEXT]" for the usage line
    QString doc;             // one sentence
    int least = 0;           // positional words
    int most = 0;            // -1: any number
    QList<Option> options;
    std::function<Status(Session &)> run;
};

QList<Verb> projectVerbs();
QList<Verb> dataVerbs();
QList<Verb> tokenizerVerbs();
QList<Verb> modelVerbs();
QList<Verb> exchangeVerbs();
QList<Verb> runVerbs();
QList<Verb> experimentVerbs();
QList<Verb> sweepVerbs();
QList<Verb> evaluationVerbs();
QList<Verb> generateVerbs();
QList<Verb> jobVerbs();
QList<Verb> systemVerbs();
QList<Verb> sampleVerbs();
QList<Verb> trashVerbs();

/// What says which run is meant (--model, --dataset, --set, --from), and its reading. InvalidInput for what is missing.
QList<Option> runOptions();
Result<workbench::RunRequest> runRequestOf(Session &session);

/// All of them, in the order of the work.
ATHANOR_EXPORT QList<Verb> allVerbs();

}  // namespace athanor::command
