// The speed of the steps by themselves.
#include "core/train/step_speed.h"

#include <QtTest>

using athanor::train::StepSpeed;

class TestStepSpeed : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatHappensBesideAStepIsNotItsSpeed()
    {
        StepSpeed speed;
        QCOMPARE(speed.tokensPerSecond(), 0.0);
        speed.add(100, 5, StepSpeed::Beside::Nothing);  // the first: memory is touched for the first time
        QCOMPARE(speed.tokensPerSecond(), 20.0);
        for (int i = 0; i < 3; ++i)
            speed.add(100, 2, StepSpeed::Beside::Something);  // a checkpoint is written
        QCOMPARE(speed.tokensPerSecond(), 400.0 / 11);         // of all, while there are no others
        speed.add(100, 1, StepSpeed::Beside::Nothing);
        QCOMPARE(speed.tokensPerSecond(), 500.0 / 12);
        QCOMPARE(speed.stepsAlone(), 0);
        speed.add(300, 1, StepSpeed::Beside::Nothing);
        QCOMPARE(speed.tokensPerSecond(), 200.0);
        speed.add(100, 9, StepSpeed::Beside::Something);
        QCOMPARE(speed.tokensPerSecond(), 200.0);
        QCOMPARE(speed.stepsAlone(), 2);
    }
};

QTEST_GUILESS_MAIN(TestStepSpeed)
#include "test_step_speed.moc"
