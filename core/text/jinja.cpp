// See jinja.h.
#include "core/text/jinja.h"

#include "core/text/jinja_evaluator.h"
#include "core/text/jinja_parser.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

namespace athanor::text::jinja {
namespace {

constexpr qsizetype kSourceLimit = 1024 * 1024;

QString tr(const char *text) { return QCoreApplication::translate("athanor::text", text); }

struct MeterGuard {
    explicit MeterGuard(Meter &meter) { useMeter(&meter); }
    ~MeterGuard() { useMeter(nullptr); }
};

bool marks(const Body &body)
{
    return std::any_of(body.begin(), body.end(), [](const auto &statement) {
        return statement->kind == StatementKind::Generation || marks(statement->body) || marks(statement->otherwise)
               || std::any_of(statement->branches.begin(), statement->branches.end(),
                              [](const auto &branch) { return marks(branch.second); });
    });
}

}  // namespace

Result<Template> Template::parse(const QByteArray &source)
{
    if (source.size() > kSourceLimit)
        return fail(ErrorCode::LimitExceeded, tr("The chat template has %1 bytes, more than the %2 allowed.").arg(source.size()).arg(kSourceLimit));
    if (!isValidUtf8(source))
        return fail(ErrorCode::Corrupt, tr("The chat template is not valid UTF-8."));
    try {
        auto program = std::make_shared<Program>();
        program->source = source;
        program->body = Parser(tokenize(source)).parse();
        program->marksGeneration = marks(program->body);
        Template made;
        made.m_program = std::move(program);
        return made;
    } catch (const SyntaxFailure &failure) {
        return fail(ErrorCode::Corrupt, tr("The chat template cannot be read (line %1): %2.").arg(failure.line).arg(failure.message),
                    tr("Correct the template, or take the one that came with the model."));
    } catch (const Failure &failure) {
        return fail(failure.code, tr("The chat template cannot be read: %1.").arg(failure.message));
    }
}

Result<Text> Template::render(const Variables &variables, const RenderOptions &options) const
{
    Evaluator evaluator(options);
    Meter meter{options.steps, options.workBytes, options.outputBytes, options.milliseconds};
    const MeterGuard guard(meter);
    try {
        return evaluator.run(m_program->body, variables);
    } catch (const Failure &failure) {
        return fail(failure.code, tr("The chat template fails at line %1: %2").arg(evaluator.line()).arg(failure.message),
                    tr("Look at the roles and the order of the messages, or at the template's line."));
    }
}

bool Template::marksGeneration() const { return m_program->marksGeneration; }

bool Template::mentions(QByteArrayView word) const { return QByteArrayView(m_program->source).contains(word); }

}  // namespace athanor::text::jinja
