#include "core/command/program.h"

#include "core/command/verb.h"

#include <QCoreApplication>
#include <QDir>

#include <cstdio>

namespace athanor::command {

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2, kCancelled = 130 };

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Invocation {
    QString project;
    bool json = false;
    bool help = false;
    QStringList words;
};

// The global options stand before the noun; --json and --help may stand anywhere before "--".
Invocation split(const QStringList &words)
{
    Invocation invocation;
    invocation.project = qEnvironmentVariable("ATHANOR_PROJECT", QDir::currentPath());
    bool ended = false;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString &word = words[i];
        ended = ended || word == QLatin1String("--");
        if (ended)
            invocation.words += word;
        else if (word == QLatin1String("--json"))
            invocation.json = true;
        else if (word == QLatin1String("--help") || word == QLatin1String("-h"))
            invocation.help = true;
        else if (word == QLatin1String("--project") && i + 1 < words.size())
            invocation.project = words[++i];
        else if (word.startsWith(QLatin1String("--project=")))
            invocation.project = word.mid(10);
        else
            invocation.words += word;
    }
    return invocation;
}

QString usageLine(const Verb &verb)
{
    QString line = QStringLiteral("athanor-cli ") + verb.noun;
    if (!verb.name.isEmpty())
        line += QLatin1Char(' ') + verb.name;
    if (!verb.words.isEmpty())
        line += QLatin1Char(' ') + verb.words;
    for (const Option &option : verb.options)
        line += QStringLiteral(" [--%1%2]%3")
                    .arg(option.name, option.value.isEmpty() ? QString() : QLatin1Char(' ') + option.value,
                         option.repeatable ? QStringLiteral("…") : QString());
    return line;
}

void printHelp(std::FILE *stream, const QString &noun)
{
    std::fprintf(stream, "%s\n\n",
                 qUtf8Printable(tr("athanor-cli [--project DIR] [--json] <noun> <verb> …   builds a language model from documents")));
    for (const Verb &verb : allVerbs()) {
        if (!noun.isEmpty() && verb.noun != noun)
            continue;
        std::fprintf(stream, "  %s\n      %s\n", qUtf8Printable(usageLine(verb)), qUtf8Printable(verb.doc));
        if (noun.isEmpty())
            continue;
        for (const Option &option : verb.options)
            std::fprintf(stream, "        --%-14s %s\n", qUtf8Printable(option.name), qUtf8Printable(option.doc));
    }
    std::fprintf(stream, "\n%s\n", qUtf8Printable(tr("Exit: 0 done, 1 failed, 2 usage, 130 cancelled.")));
}

int usageError(const QString &message, const QString &hint, const QString &noun)
{
    std::fprintf(stderr, "athanor-cli: %s\n", qUtf8Printable(message));
    if (!hint.isEmpty())
        std::fprintf(stderr, "%s\n", qUtf8Printable(hint));
    std::fprintf(stderr, "%s\n", qUtf8Printable(tr("“athanor-cli %1 --help” shows the forms.").arg(noun).replace(QStringLiteral("  "), QStringLiteral(" "))));
    return kUsage;
}

std::optional<Verb> findVerb(QStringList &words)
{
    for (const Verb &verb : allVerbs()) {
        if (words.value(0) != verb.noun || (!verb.name.isEmpty() && words.value(1) != verb.name))
            continue;
        words.remove(0, verb.name.isEmpty() ? 1 : 2);
        return verb;
    }
    return std::nullopt;
}

int report(const Session &session, const Error &error)
{
    session.emitJson({{QStringLiteral("error"), toJson(error)}});
    std::fprintf(stderr, "athanor-cli: %s\n", qUtf8Printable(error.message));
    if (!error.hint.isEmpty())
        std::fprintf(stderr, "%s\n", qUtf8Printable(error.hint));
    return error.code == ErrorCode::Cancelled ? kCancelled : kFailed;
}

}  // namespace

QList<Verb> allVerbs()
{
    return projectVerbs() + dataVerbs() + tokenizerVerbs() + modelVerbs() + exchangeVerbs() + runVerbs() + experimentVerbs() + sweepVerbs() + evaluationVerbs() + generateVerbs() + jobVerbs()
           + systemVerbs() + sampleVerbs() + trashVerbs();
}

int runCommandLine(const QStringList &words, plugin::Catalogue &plugins)
{
    Invocation invocation = split(words);
    if (invocation.words.value(0) == QLatin1String("--version")) {
        std::printf("athanor-cli %s\n", ATHANOR_VERSION);
        return kDone;
    }
    const QString noun = invocation.words.value(0);
    if (invocation.help) {
        printHelp(stdout, noun);
        return kDone;
    }
    if (noun.isEmpty()) {
        printHelp(stderr, {});
        return kUsage;
    }
    std::optional<Verb> verb = findVerb(invocation.words);
    if (!verb)
        return usageError(tr("There is no command “%1”.").arg(invocation.words.mid(0, 2).join(QLatin1Char(' '))), {}, {});
    auto arguments = Arguments::parse(invocation.words, verb->options, verb->least, verb->most);
    if (!arguments)
        return usageError(arguments.error().message,
                          arguments.error().hint + QStringLiteral("\n") + usageLine(*verb), verb->noun);
    installInterruptHandler();
    Session session(plugins, QDir(invocation.project).absolutePath(), invocation.json);
    session.arguments = std::move(*arguments);
    const Status status = verb->run(session);
    return status ? static_cast<int>(kDone) : report(session, status.error());
}

}  // namespace athanor::command
