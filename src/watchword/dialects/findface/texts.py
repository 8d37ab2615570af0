"""What the server says, in each of its languages: a catalogue, one `Text` a sentence.

The English sentences are the vendor's, or those of the framework that its server shows to be built
on (wire contract FindFace 1.2). The translations are our own.
"""

from dataclasses import dataclass
from typing import Final, assert_never

from watchword.dialects.findface.languages import Language

__all__ = ["Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language. ``{names}`` in it stand for facts."""

    english: str
    spanish: str
    russian: str

    def about(self, **facts: object) -> "Text":
        """Return the sentence with facts in their places."""
        return Text(
            self.english.format(**facts), self.spanish.format(**facts), self.russian.format(**facts)
        )

    def said_in(self, language: Language) -> str:
        """Return the sentence in one language."""
        match language:
            case Language.ENGLISH:
                return self.english
            case Language.SPANISH:
                return self.spanish
            case Language.RUSSIAN:
                return self.russian
            case _:
                assert_never(language)


# --- who is calling -----------------------------------------------------------------------------

NOT_PROVIDED: Final = Text(
    "Authentication credentials were not provided.",
    "No se proporcionaron credenciales de autenticación.",
    "Учётные данные не были предоставлены.",
)
WRONG_PASSWORD: Final = Text(
    "Invalid username/password.",
    "Nombre de usuario o contraseña incorrectos.",
    "Неверное имя пользователя или пароль.",
)
UNKNOWN_FACE: Final = Text(
    "Face not recognized.", "No se reconoció el rostro.", "Лицо не распознано."
)
INVALID_TOKEN: Final = Text("Invalid token.", "Token no válido.", "Недопустимый токен.")
INACTIVE: Final = Text(
    "User inactive or deleted.",
    "El usuario está inactivo o ha sido eliminado.",
    "Пользователь неактивен или удалён.",
)
EMPTY_BASIC: Final = Text(
    "Invalid basic header. No credentials provided.",
    "Encabezado basic no válido. No contiene credenciales.",
    "Недопустимый заголовок basic. Учётные данные отсутствуют.",
)
SPACED_BASIC: Final = Text(
    "Invalid basic header. Credentials string should not contain spaces.",
    "Encabezado basic no válido. Las credenciales no deben contener espacios.",
    "Недопустимый заголовок basic. Учётные данные не должны содержать пробелов.",
)
MISCODED_BASIC: Final = Text(
    "Invalid basic header. Credentials not correctly base64 encoded.",
    "Encabezado basic no válido. Las credenciales no están bien codificadas en base64.",
    "Недопустимый заголовок basic. Учётные данные неверно закодированы в base64.",
)
EMPTY_TOKEN: Final = Text(
    "Invalid token header. No credentials provided.",
    "Encabezado token no válido. No contiene credenciales.",
    "Недопустимый заголовок token. Учётные данные отсутствуют.",
)
SPACED_TOKEN: Final = Text(
    "Invalid token header. Token string should not contain spaces.",
    "Encabezado token no válido. El token no debe contener espacios.",
    "Недопустимый заголовок token. Токен не должен содержать пробелов.",
)

# --- what is wrong with a field -----------------------------------------------------------------

REQUIRED: Final = Text(
    "This field is required.", "Este campo es obligatorio.", "Это поле обязательно."
)
NULL: Final = Text(
    "This field may not be null.",
    "Este campo no puede ser nulo.",
    "Это поле не может быть равно null.",
)
BLANK: Final = Text(
    "This field may not be blank.",
    "Este campo no puede estar vacío.",
    "Это поле не может быть пустым.",
)
TOO_LONG: Final = Text(
    "Ensure this field has no more than {limit} characters.",
    "Este campo no debe tener más de {limit} caracteres.",
    "Длина этого поля не должна превышать {limit} символов.",
)
NOT_A_STRING: Final = Text(
    "Not a valid string.", "No es una cadena válida.", "Недопустимая строка."
)
NOT_A_BOOLEAN: Final = Text(
    "Must be a valid boolean.",
    "Debe ser un valor booleano válido.",
    "Значение должно быть логическим.",
)
NOT_AN_INTEGER: Final = Text(
    "A valid integer is required.",
    "Se requiere un número entero válido.",
    "Требуется целое число.",
)
NOT_A_UUID: Final = Text(
    "Must be a valid UUID.", "Debe ser un UUID válido.", "Значение должно быть UUID."
)
NOT_A_DICTIONARY: Final = Text(
    'Expected a dictionary of items but got type "{found}".',
    'Se esperaba un diccionario de elementos, pero se recibió el tipo "{found}".',
    'Ожидался словарь, но получен тип "{found}".',
)
NOT_A_DATE: Final = Text(
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
    "La fecha y hora tiene un formato incorrecto. Use uno de estos formatos: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
    "Неверный формат даты и времени. Используйте один из этих форматов: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
)
NOT_A_LIST: Final = Text(
    'Expected a list of items but got type "{found}".',
    'Se esperaba una lista de elementos, pero se recibió el tipo "{found}".',
    'Ожидался список, но получен тип "{found}".',
)
NOT_AN_ADDRESS: Final = Text(
    "Enter a valid IPv4 or IPv6 address.",
    "Introduzca una dirección IPv4 o IPv6 válida.",
    "Введите действительный адрес IPv4 или IPv6.",
)
NO_OBJECT: Final = Text(
    'Invalid pk "{found}" - object does not exist.',
    'Clave "{found}" no válida: el objeto no existe.',
    'Недопустимый ключ "{found}": объект не существует.',
)
BUILT_IN_ROLE: Final = Text(
    "A built-in role cannot be changed in this way.",
    "Un rol integrado no se puede cambiar de esta manera.",
    "Встроенную роль нельзя изменить таким образом.",
)
ROLE_IN_USE: Final = Text(
    "This role is somebody's primary role.",
    "Este rol es el rol principal de algún usuario.",
    "Эта роль является основной ролью одного из пользователей.",
)
NO_PHOTOS: Final = Text(
    "This server keeps no photos of users.",
    "Este servidor no guarda fotos de usuarios.",
    "Этот сервер не хранит фотографии пользователей.",
)
NO_FILE: Final = Text(
    "No file was submitted.", "No se envió ningún archivo.", "Файл не был отправлен."
)
NOT_A_FILE: Final = Text(
    "The submitted data was not a file. Check the encoding type on the form.",
    "Los datos enviados no son un archivo. Compruebe el tipo de codificación del formulario.",
    "Отправленные данные не являются файлом. Проверьте тип кодировки формы.",
)
EMPTY_FILE: Final = Text(
    "The submitted file is empty.", "El archivo enviado está vacío.", "Отправленный файл пуст."
)
NO_VIDEO: Final = Text(
    "The submitted file is not a video that can be read.",
    "El archivo enviado no es un vídeo legible.",
    "Отправленный файл не является читаемым видео.",
)
NOT_A_CHOICE: Final = Text(
    '"{found}" is not a valid choice.',
    '"{found}" no es una opción válida.',
    '"{found}" нет среди допустимых значений.',
)
NULL_CHARACTERS: Final = Text(
    "Null characters are not allowed.",
    "No se permiten caracteres nulos.",
    "Нулевые символы не допускаются.",
)
NOT_UNIQUE: Final = Text(
    "This field must be unique.",
    "Este campo debe ser único.",
    "Значение этого поля должно быть уникальным.",
)
MALFORMED: Final = Text("Malformed request.", "Solicitud mal formada.", "Некорректный запрос.")

# --- what is wrong with a password --------------------------------------------------------------

TOO_SHORT: Final = Text(
    "This password is too short. It must contain at least {limit} characters.",
    "Esta contraseña es demasiado corta. Debe contener al menos {limit} caracteres.",
    "Пароль слишком короткий. Он должен содержать не менее {limit} символов.",
)
ONLY_DIGITS: Final = Text(
    "This password is entirely numeric.",
    "Esta contraseña consta solo de cifras.",
    "Пароль состоит только из цифр.",
)
TOO_COMMON: Final = Text(
    "This password is too common.",
    "Esta contraseña es demasiado común.",
    "Пароль слишком распространён.",
)
TOO_SIMILAR: Final = Text(
    "The password is too similar to the {found}.",
    "La contraseña se parece demasiado a otro dato del usuario: {found}.",
    "Пароль слишком похож на другие данные пользователя: {found}.",
)
KEPT_ELSEWHERE: Final = Text(
    "The directory keeps this of its users; it is changed there.",
    "El directorio conserva este dato de sus usuarios; se cambia allí.",
    "Это поле пользователя хранится в каталоге и меняется там.",
)
NOT_ASCII: Final = Text(
    "The password may contain ASCII characters only.",
    "La contraseña solo puede contener caracteres ASCII.",
    "Пароль может содержать только символы ASCII.",
)

# --- everything else ----------------------------------------------------------------------------

DENIED: Final = Text("Permission denied", "Permiso denegado", "Доступ запрещён")
DEVICE_BLOCKED: Final = Text(
    "This device is blocked.", "Este dispositivo está bloqueado.", "Это устройство заблокировано."
)
NOT_FOUND: Final = Text("Not found.", "No encontrado.", "Ничего не найдено.")
NO_SUCH: Final = Text(
    "No {model} matches the given query.",
    "Ningún {model} coincide con la consulta.",
    "Ни один объект {model} не соответствует запросу.",
)
NOT_ALLOWED: Final = Text(
    'Method "{method}" not allowed.',
    'Método "{method}" no permitido.',
    'Метод "{method}" не разрешён.',
)
TOO_LARGE: Final = Text(
    "The request body is too large.",
    "El cuerpo de la solicitud es demasiado grande.",
    "Тело запроса слишком велико.",
)
BUSY: Final = Text(
    "The service is temporarily unavailable, try again later.",
    "El servicio no está disponible por el momento, inténtelo más tarde.",
    "Сервис временно недоступен, повторите попытку позже.",
)
BROKEN: Final = Text(
    "A server error occurred.",
    "Se produjo un error en el servidor.",
    "Произошла ошибка сервера.",
)
