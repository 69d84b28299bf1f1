// What all optimizers are asked: the numbers that tests/golden/optimizers.py recorded, the same bits after a restart, what
// they remember, and that they honour a parameter's group. Make: (std::vector<TrainedParameter> &, const QJsonObject
// &settings) → an optimizer; make<> is one for each plugin.
#pragma once

#include "core/base/atomic_file.h"
#include "core/train/optimizer.h"

#include <QJsonArray>
#include <QtTest>

#include <memory>

namespace athanor::train::fixture {

/// An optimizer from its plugin's settings, by the class and the function that reads them.
template <typename Made, auto optionsOf> std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<Made>(parameters, optionsOf(settings));
}

inline torch::Tensor tensorOf(const QJsonArray &rows)
{
    std::vector<float> numbers;
    std::vector<int64_t> shape{rows.size()};
    if (rows.first().isArray())
        shape.push_back(rows.first().toArray().size());
    for (const QJsonValue &row : rows) {
        for (const QJsonValue &number : row.isArray() ? row.toArray() : QJsonArray{row})
            numbers.push_back(float(number.toDouble()));
    }
    return torch::tensor(numbers).view(shape);
}

inline TrainedParameter parameterOf(const QString &name, const torch::Tensor &master, at::ScalarType dtype = at::kFloat)
{
    const torch::Tensor weight = dtype == at::kFloat ? master : master.to(dtype);
    return {name.toStdString(), weight, master, {}, true, master.dim() == 2};
}

inline void addCases(const QString &optimizer)
{
    QTest::addColumn<QJsonObject>("recorded");
    const QJsonObject cases = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/optimizers.json"))->value(QLatin1String("cases")).toObject();
    for (auto it = cases.begin(); it != cases.end(); ++it)
        if (it->toObject().value(QLatin1String("optimizer")).toString() == optimizer)
            QTest::newRow(qPrintable(it.key())) << it->toObject();
}

/// The largest difference from what was recorded at the end. bf16: the weights' format; the gradients are the same.
template <typename Make> double differenceFromRecorded(const QJsonObject &recorded, Make &&make, at::ScalarType dtype = at::kFloat)
{
    const QJsonObject all = *readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/optimizers.json"));
    const QJsonObject end = recorded.value(QLatin1String("end")).toObject(), start = all.value(QLatin1String("start")).toObject();
    std::vector<TrainedParameter> parameters;
    for (const QString &name : end.keys())
        parameters.push_back(parameterOf(name, tensorOf(start.value(name).toArray()), dtype));
    const auto optimizer = make(parameters, recorded.value(QLatin1String("settings")).toObject());
    qint64 step = 0;
    for (const QJsonValue &gradients : all.value(QLatin1String("gradients")).toArray()) {
        for (TrainedParameter &parameter : parameters)  // twice the gradient at half the scale
            parameter.gradient = 2 * tensorOf(gradients.toObject().value(QString::fromStdString(parameter.name)).toArray());
        optimizer->step(recorded.value(QLatin1String("rate")).toDouble(), 0.5, ++step);
    }
    double largest = 0;
    for (const TrainedParameter &parameter : parameters) {
        const torch::Tensor expected = tensorOf(end.value(QString::fromStdString(parameter.name)).toArray());
        largest = std::max(largest, (parameter.master - expected).abs().max().item<double>());
        if (!torch::equal(parameter.weight, parameter.master.to(dtype)))
            return 1e9;  // the weights are not their masters rounded
    }
    return largest;
}

/// The recorded numbers with weights in f32 and, as masters do not round, in bf16. For a test function with addCases().
template <typename Make> void agreesWithRecordedNumbers(Make &&make)
{
    QFETCH(QJsonObject, recorded);
    for (const auto dtype : {at::kFloat, at::kBFloat16}) {
        const double found = differenceFromRecorded(recorded, make, dtype);
        QVERIFY2(found < 2e-6, qPrintable(QString::number(found)));
    }
}

inline torch::Tensor mixed(at::IntArrayRef shape, double phase)
{
    const torch::Tensor x = torch::arange(c10::multiply_integers(shape), torch::kFloat);
    return (torch::sin(x * 1.7 + phase) + 0.3 * torch::cos(x * x * 0.11)).view(shape);
}

inline std::vector<TrainedParameter> someParameters()
{
    return {parameterOf(QStringLiteral("m"), mixed({9, 7}, 0.1), at::kBFloat16), parameterOf(QStringLiteral("v"), mixed({5}, 0.2))};
}

inline void runSteps(std::vector<TrainedParameter> &parameters, Optimizer &optimizer, int from, int to)
{
    for (int step = from; step <= to; ++step) {
        for (size_t i = 0; i < parameters.size(); ++i)
            parameters[i].gradient = mixed(parameters[i].master.sizes(), step + double(i)).to(parameters[i].weight.scalar_type());
        optimizer.step(0.01, 0.5, step);
    }
}

/// Names and sizes of what is remembered of someParameters().
inline QString remembered(Optimizer &optimizer)
{
    QStringList all;
    for (const NamedState &state : optimizer.state())
        all += QString::fromStdString(state.name) + QLatin1Char(' ') + QString::number(state.tensor.numel());
    return all.join(QLatin1String(", "));
}
template <typename Make> QString remembered(const QJsonObject &settings, Make &&make)
{
    auto parameters = someParameters();
    return remembered(*make(parameters, settings));
}

/// Six steps at once, and three and three with the state carried over by name: the same bits.
template <typename Make> bool goesOnWithTheSameBits(const QJsonObject &settings, Make &&make)
{
    auto whole = someParameters(), parts = someParameters();
    const auto one = make(whole, settings), first = make(parts, settings);
    runSteps(whole, *one, 1, 6);
    runSteps(parts, *first, 1, 3);
    const auto second = make(parts, settings);
    std::map<std::string, torch::Tensor> saved;
    for (const NamedState &state : first->state())
        saved.emplace(state.name, state.tensor.clone());
    const auto names = second->state();
    if (names.size() != saved.size())
        return false;
    for (const NamedState &state : names)
        torch::Tensor(state.tensor).copy_(saved.at(state.name));
    runSteps(parts, *second, 4, 6);
    return torch::equal(whole[0].master, parts[0].master) && torch::equal(whole[1].master, parts[1].master)
           && torch::equal(whole[0].weight, parts[0].weight);
}

/// A parameter of a group with factors moves as one alone with rate and decay multiplied, one that does not decay as one
/// without decay, and one whose gradient is missing rests.
template <typename Make> bool honoursGroups(QJsonObject settings, Make &&make)
{
    const double decay = settings.value(QLatin1String("weight_decay")).toDouble();
    const auto isAs = [&](bool decays, double decayFactor) {
        auto grouped = someParameters(), alone = someParameters();
        for (TrainedParameter &parameter : grouped) {
            parameter.learningRateFactor = 0.25;
            parameter.decayFactor = decayFactor;
            parameter.decays = decays;
        }
        const auto one = make(grouped, settings);
        QJsonObject own = settings;
        own.insert(QStringLiteral("weight_decay"), decays ? decay * decayFactor : 0.0);
        const auto other = make(alone, own);
        const torch::Tensor before = alone[1].master.clone();
        for (int step = 1; step <= 3; ++step) {
            grouped[0].gradient = alone[0].gradient = mixed({9, 7}, step);
            one->step(0.04, 1, step);
            other->step(0.01, 1, step);
        }
        return torch::equal(grouped[0].master, alone[0].master) && torch::equal(before, alone[1].master)
               && torch::equal(before, grouped[1].master);
    };
    return isAs(true, 0) && isAs(true, 0.5) && isAs(true, 2) && isAs(false, 1);
}

}  // namespace athanor::train::fixture
