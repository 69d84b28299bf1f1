#include "core/command/program.h"

#include "core/command/verb.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>

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
    bool lacksProject = false;  // "--project" stands last
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
        else if (word == QLatin1String("--project"))
            invocation.lacksProject = true;
        else if (word.startsWith(QLatin1String("--project=")))
            invocation.project = word.mid(10);
        else
            invocation.words += word;
    }
    if (invocation.words.value(0) == QLatin1String("help")) {
        invocation.help = true;
        invocation.words.removeFirst();
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

/// The verbs that words are about: one, all of a noun, or all; none where the noun is none.
QList<Verb> verbsFor(const QString &noun, const QString &name)
{
    QList<Verb> ofNoun, exact;
    for (const Verb &verb : allVerbs()) {
        if (noun.isEmpty() || verb.noun == noun)
            ofNoun += verb;
        if (verb.noun == noun && verb.name == name)
            exact += verb;
    }
    return exact.isEmpty() ? ofNoun : exact;
}

void printHelp(std::FILE *stream, const QString &noun, const QString &name = {})
{
    std::fprintf(stream, "%s\n\n",
                 qUtf8Printable(tr("athanor-cli [--project DIR] [--json] <noun> <verb> …   builds a language model from documents")));
    for (const Verb &verb : verbsFor(noun, name)) {
        std::fprintf(stream, "  %s\n      %s\n", qUtf8Printable(usageLine(verb)), qUtf8Printable(verb.doc));
        if (noun.isEmpty())
            continue;
        for (const Option &option : verb.options)
            std::fprintf(stream, "        --%-14s %s\n", qUtf8Printable(option.name), qUtf8Printable(option.doc));
    }
    if (noun.isEmpty())
        std::fprintf(stream, "\n%s\n", qUtf8Printable(tr("“athanor-cli NOUN VERB --help” explains the options. The project is the present folder, or ATHANOR_PROJECT.")));
    std::fprintf(stream, "\n%s\n", qUtf8Printable(tr("Exit: 0 done, 1 failed, 2 usage, 130 cancelled.")));
}

int usageError(const Invocation &invocation, const QString &message, const QString &hint, const QString &noun)
{
    if (invocation.json)
        std::printf("%s\n", QJsonDocument(QJsonObject{{QStringLiteral("error"), toJson(Error{ErrorCode::InvalidInput, message, hint, {}})}}).toJson(QJsonDocument::Compact).constData());
    std::fprintf(stderr, "athanor-cli: %s\n", qUtf8Printable(message));
    if (!hint.isEmpty())
        std::fprintf(stderr, "%s\n", qUtf8Printable(hint));
    std::fprintf(stderr, "%s\n", qUtf8Printable(tr("“athanor-cli %1 --help” shows the forms.").arg(noun).replace(QStringLiteral("  "), QStringLiteral(" "))));
    return kUsage;
}

/// What to write instead of words that are no command.
int unknownCommand(const Invocation &invocation)
{
    const QString noun = invocation.words.value(0), name = invocation.words.value(1);
    QStringList nouns, names;
    for (const Verb &verb : allVerbs()) {
        if (!nouns.contains(verb.noun))
            nouns += verb.noun;
        if (verb.noun == noun)
            names += verb.name;
    }
    if (names.isEmpty())
        return usageError(invocation, tr("There is no command “%1”.").arg(noun), tr("Known are: %1.").arg(nouns.join(QStringLiteral(", "))), {});
    const QString message = name.isEmpty() ? tr("What should be done with “%1” is missing.").arg(noun) : tr("There is no command “%1 %2”.").arg(noun, name);
    return usageError(invocation, message, tr("“%1” has: %2.").arg(noun, names.join(QStringLiteral(", "))), noun);
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
    if (invocation.lacksProject)
        return usageError(invocation, tr("The option --project needs a value: a project's folder."), {}, {});
    if (invocation.help && verbsFor(noun, {}).isEmpty())
        return unknownCommand(invocation);
    if (invocation.help) {
        printHelp(stdout, noun, invocation.words.value(1));
        return kDone;
    }
    if (noun.isEmpty()) {
        printHelp(stderr, {});
        return kUsage;
    }
    std::optional<Verb> verb = findVerb(invocation.words);
    if (!verb)
        return unknownCommand(invocation);
    auto arguments = Arguments::parse(invocation.words, verb->options, verb->least, verb->most);
    if (!arguments)
        return usageError(invocation, arguments.error().message,
                          arguments.error().hint + QLatin1String(arguments.error().hint.isEmpty() ? "" : "\n") + usageLine(*verb), verb->noun);
    installInterruptHandler();
    Session session(plugins, QDir(invocation.project).absolutePath(), invocation.json);
    session.arguments = std::move(*arguments);
    const Status status = verb->run(session);
    return status ? static_cast<int>(kDone) : report(session, status.error());
}

}  // namespace athanor::command
