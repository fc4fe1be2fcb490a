"""The data sets that a county publishes (開放資料), and their fields as in schema.gov.tw."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import N_, DomainError, Value


class DataField(Value, frozen=True, kw_only=True):
    """A field: its name in files, and what it means."""

    name: str
    title: str


class DataSet(Value, frozen=True, kw_only=True):
    """One file: name, title, its fields in order."""

    name: str
    title: str
    fields: tuple[DataField, ...]


class DataSetNotFound(DomainError):
    """No data set has this name."""

    code = "E-DATA-SET"
    message = N_("沒有名為「{name}」的開放資料集。")
    status_code = 404


class NothingToPublish(DomainError):
    """Only an enacted budget is published (預算法 51, 地方制度法 40)."""

    code = "E-NOT-ENACTED"
    message = N_("{fiscal_year} 年度尚未成立法定預算，不能公開。")


YEAR = DataField(name="Year", title=N_("年度（民國，YYY）"))
MONTH = DataField(name="Month", title=N_("月份（MM）"))
DATE = DataField(name="Date", title=N_("資料日期（YYYMMDD）"))
DEPARTMENT_CODE = DataField(name="DepartmentCode", title=N_("主管機關編號"))
DEPARTMENT = DataField(name="Department", title=N_("主管機關"))
AGENCY_CODE = DataField(name="AgencyCode", title=N_("機關編號"))
AGENCY = DataField(name="Agency", title=N_("機關"))
ACCOUNT_CODE = DataField(name="AccountCode", title=N_("科目編號"))
ACCOUNT = DataField(name="AccountName", title=N_("科目名稱"))
FUNCTION_CODE = DataField(name="FunctionCode", title=N_("政事別編號"))
FUNCTION = DataField(name="Function", title=N_("政事別"))
PROGRAM_CODE = DataField(name="ProgramCode", title=N_("業務計畫編號"))
PROGRAM = DataField(name="Program", title=N_("業務計畫"))
OBJECT_CODE = DataField(name="ObjectCode", title=N_("用途別編號"))
OBJECT = DataField(name="Object", title=N_("用途別"))
KIND = DataField(name="CurrentOrCapital", title=N_("經資門（current 經常、capital 資本）"))
ENACTED = DataField(name="EnactedAmount", title=N_("法定預算數（元）"))
CHANGES = DataField(name="ChangesAmount", title=N_("預算調整數（元）"))
ALLOTTED = DataField(name="AllottedToDateAmount", title=N_("截至該月分配數（元）"))
CERTIFIED = DataField(name="CertifiedAmount", title=N_("該月簽證數（元）"))
RELEASED = DataField(name="ReleasedAmount", title=N_("該月釋放數（元）"))
REALISED = DataField(name="RealisedAmount", title=N_("該月實現數（元）"))
REALISED_TO_DATE = DataField(
    name="RealisedToDateAmount", title=N_("截至該月累計實現數（元，含應付）")
)

DATA_SETS: Mapping[str, DataSet] = {
    one.name: one
    for one in (
        DataSet(
            name="enacted-expenditure",
            title=N_("歲出法定預算"),
            fields=(
                YEAR, DATE, DEPARTMENT_CODE, DEPARTMENT, AGENCY_CODE, AGENCY, FUNCTION_CODE,
                FUNCTION, PROGRAM_CODE, PROGRAM, ACCOUNT_CODE, ACCOUNT, OBJECT_CODE, OBJECT,
                KIND, ENACTED, CHANGES,
            ),
        ),
        DataSet(
            name="enacted-revenue",
            title=N_("歲入法定預算"),
            fields=(
                YEAR, DATE, AGENCY_CODE, AGENCY,
                DataField(name="SourceClassCode", title=N_("來源別（款）編號")),
                DataField(name="SourceClass", title=N_("來源別（款）")),
                DataField(name="SourceCode", title=N_("來源別編號")),
                DataField(name="Source", title=N_("來源別")),
                ACCOUNT_CODE, ACCOUNT, KIND, ENACTED, CHANGES,
            ),
        ),
        DataSet(
            name="monthly-execution",
            title=N_("歲出預算各月執行"),
            fields=(
                YEAR, MONTH, DATE, DEPARTMENT_CODE, DEPARTMENT, AGENCY_CODE, AGENCY,
                FUNCTION_CODE, FUNCTION, OBJECT_CODE, OBJECT, KIND, ENACTED,
                CHANGES, ALLOTTED, CERTIFIED, RELEASED, REALISED, REALISED_TO_DATE,
            ),
        ),
    )
}  # fmt: skip


def data_set_named(name: str) -> DataSet:
    """Return the data set; raise DataSetNotFound."""
    if name not in DATA_SETS:
        raise DataSetNotFound(name=name)
    return DATA_SETS[name]
