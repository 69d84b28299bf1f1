#include "core/insight/hint_book.h"

namespace athanor::insight {

namespace {

constexpr int kLooksToOpen = 2;   // of rules that are not sudden
constexpr int kLooksToClose = 5;

}  // namespace

QList<HintBook::Change> HintBook::look(const History &history, const RunFacts &facts)
{
    QList<Change> changes;
    for (const NamedRule &named : rules()) {
        State &state = m_states[named.id];
        const std::optional<Hint> hint = named.rule(history, facts);
        state.held = hint ? state.held + 1 : 0;
        state.quiet = hint ? 0 : state.quiet + 1;
        if (!state.isOpen && state.held >= (named.isSudden ? 1 : kLooksToOpen)) {
            state.isOpen = true;
            state.hint = *hint;
            changes += Change{*hint, true};
        } else if (state.isOpen && state.quiet >= kLooksToClose) {
            state.isOpen = false;
            state.hint.step = history.lastStep();
            changes += Change{state.hint, false};
        }
    }
    return changes;
}

void addTold(QList<ToldHint> &told, const QList<job::Event> &events)
{
    for (const job::Event &event : events) {
        for (ToldHint &known : told)
            if (known.closedAt < 0 && known.attempt < event.attempt)
                known.closedAt = known.hint.step;
        if (event.type != job::EventType::Artifact || event.data.value(QLatin1String("kind")) != QLatin1String(kHintArtifact))
            continue;
        const Hint hint = hintFromJson(event.data);
        const bool opens = event.data.value(QLatin1String("open")).toBool();
        for (ToldHint &known : told)
            if (known.hint.id == hint.id && known.closedAt < 0)
                known.closedAt = hint.step;
        if (opens)
            told += ToldHint{hint, -1, event.attempt};
    }
}

}  // namespace athanor::insight
